using GraphPartition.Operators.Inference;
using GraphPartition.Runtime.Memory;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace GraphPartition.Runtime.Flow;

/// <summary>
/// A Loop or Scan whose body the session runs itself. Iterations alternate between two buffer sets: each reads what the one before
/// wrote, and sees the same objects as the one before that, so bindings and recordings stay valid. The host waits only to read a
/// condition.
/// </summary>
internal sealed class LoopStep : FlowStep
{
    private readonly Node _node;
    private readonly LoopForm _form;
    private readonly BodyRunner _body;
    private readonly OrtValue?[] _inputs;
    private readonly CarriedValues _carried;
    private readonly Slices[] _slices;
    private readonly Stack?[] _stacks;
    private readonly OutputWriter[] _writers;
    private readonly IterationNumber? _number;
    private readonly ReusableTensor? _true;
    private readonly OrtValue? _goOn;
    private readonly TensorInfo _trips = new(), _begins = new();
    private readonly TensorInfo[] _conditions;
    private readonly bool _alwaysGoesOn;
    private readonly int _sets;

    /// <summary>The number of buffer sets of the body.</summary>
    public const int BufferSets = 2;

    /// <summary>A step over the body, which it owns.</summary>
    /// <param name="step">The step.</param>
    /// <param name="node">The Loop or Scan.</param>
    /// <param name="body">The body, with <see cref="BufferSets"/> buffer sets.</param>
    public LoopStep(ExecutionStep step, Node node, BodyRunner body) : base(step, node, [body])
    {
        _node = node;
        _form = LoopForm.TryOf(node)!;
        _body = body;
        _alwaysGoesOn = _form.AlwaysGoesOn;
        _sets = _form.Carried == 0 ? 1 : BufferSets;
        int inputs = body.Graph.Inputs.Length, own = _form.FirstElementInput + _form.Scanned.Length;
        _inputs = new OrtValue?[inputs];

        // Carried values stay where they are computed; the condition goes where it is read.
        MemoryPlace[] carried = [.. Enumerable.Range(0, _form.Carried).Select(k =>
            body.PlaceOfOutput(_form.FirstCarriedOutput + k) ?? body.PlaceOfInput(_form.FirstCarriedInput + k))];
        MemoryPlace[] stacked = [.. _form.Stacked.Select((s, j) =>
            s.Axis == 0 && body.PlaceOfOutput(_form.FirstStackedOutput + j) is { } made ? made : MemoryPlace.Host)];
        Values.Request(_form.Trips, MemoryPlace.Host);
        Values.Request(_form.Condition, MemoryPlace.Host);
        for (int k = 0; k < carried.Length; k++) Values.Request(_form.Initial[k], carried[k]);
        for (int i = 0; i < _form.Scanned.Length; i++)
            Values.Request(_form.Scanned[i].Sequence,
                _form.Scanned[i].Axis == 0 ? body.PlaceOfInput(_form.FirstElementInput + i) : MemoryPlace.Host);
        for (int i = own; i < inputs; i++) Values.Request(body.Graph.Inputs[i], body.PlaceOfInput(i));
        body.Boundary = new([.. Enumerable.Range(0, inputs).Select(PlaceOfInput)],
        [
            .. _form.IsLoop ? [_alwaysGoesOn ? body.PlaceOfOutput(0) ?? MemoryPlace.Host : MemoryPlace.Host] : Array.Empty<MemoryPlace>(),
            .. carried, .. stacked,
        ]);
        MemoryPlace[] outputs = [.. carried, .. stacked];
        Placement = Place(outputs);

        _carried = new CarriedValues(_form, body, carried, _sets);
        _slices = [.. _form.Scanned.Select(s => new Slices(s, Values.PlaceOf(s.Sequence), Stream, _sets))];
        _stacks = [.. _form.Stacked.Select((s, j) => FrameOutput(_form.Carried + j) < 0 ? null
            : new Stack(s, body.Graph.Outputs[_form.FirstStackedOutput + j], stacked[j], Stream, _sets))];
        _writers = [.. carried.Select(place => new OutputWriter(place, Stream))];
        _conditions = [.. Enumerable.Range(0, _sets).Select(_ => new TensorInfo())];
        if (!_form.IsLoop) return;
        _number = new IterationNumber(body.Graph.Inputs[0], body.Boundary.Inputs[0], Stream, _sets);
        _true = new ReusableTensor(body.Boundary.Inputs[1], Stream);
        _goOn = MakeTrue(body.Graph.Inputs[1]);

        MemoryPlace PlaceOfInput(int i) =>
            i >= own ? Values.PlaceOf(body.Graph.Inputs[i])
            : i >= _form.FirstElementInput ? Values.PlaceOf(_form.Scanned[i - _form.FirstElementInput].Sequence)
            : i >= _form.FirstCarriedInput ? carried[i - _form.FirstCarriedInput]
            : body.PlaceOfInput(i);
    }

    public override StepPlacement Placement { get; }

    public override void Dispose()
    {
        base.Dispose();
        _carried.Dispose();
        foreach (Slices slices in _slices) slices.Dispose();
        foreach (Stack? stack in _stacks) stack?.Dispose();
        foreach (OutputWriter writer in _writers) writer.Dispose();
        _number?.Dispose();
        _true?.Dispose();
    }

    protected override void Compute(StepFrame frame, RunControl control)
    {
        try
        {
            long most = Begin(frame), count = 0;
            for (bool goesOn = true; goesOn && count < most; count++)
            {
                control.Cancellation.ThrowIfCancellationRequested();
                int set = (int)(count % _sets);
                goesOn = Iterate(count, set, control);
            }
            Iterations = count;
            End(frame, count);
        }
        finally
        {
            _carried.End();
            foreach (Stack? stack in _stacks) stack?.Abandon();
        }
    }

    /// <summary>Reads the inputs; returns the upper limit of iterations.</summary>
    private long Begin(StepFrame frame)
    {
        long most = long.MaxValue;
        if (Values.Of(_form.Trips, frame) is { } trips) most = Math.Max(0, NumberOf(trips));
        if (Values.Of(_form.Condition, frame) is { } begins && !IsTrue(begins, _begins)) most = 0;
        for (int i = 0; i < _slices.Length; i++)
        {
            if (_slices[i].Begin(Values.Of(_form.Scanned[i].Sequence, frame)!) is { } fault)
                throw Fault($"input '{_form.Scanned[i].Sequence.Name}': {fault}");
            if (i > 0 && _slices[i].Count != most) throw Fault($"its inputs have {most} and {_slices[i].Count} elements");
            most = _slices[i].Count;
        }
        long certain = most == 0 || (_alwaysGoesOn && most < long.MaxValue) ? most : -1;
        for (int k = 0; k < _form.Carried; k++) _carried.Begin(k, Values.Of(_form.Initial[k], frame), Values.PlaceOf(_form.Initial[k]));
        for (int j = 0; j < _stacks.Length; j++)
            _stacks[j]?.Begin(frame.Outputs[FrameOutput(_form.Carried + j)], certain);
        for (int i = _form.FirstElementInput + _slices.Length; i < _inputs.Length; i++)
            _inputs[i] = Values.Of(_body.Graph.Inputs[i], frame);
        return most;
    }

    /// <summary>Runs the body once; returns whether the loop continues.</summary>
    private bool Iterate(long iteration, int set, RunControl control)
    {
        if (_form.IsLoop) (_inputs[0], _inputs[1]) = (_number!.Of(iteration, set), _goOn);
        for (int k = 0; k < _form.Carried; k++) _inputs[_form.FirstCarriedInput + k] = _carried[k];
        for (int i = 0; i < _slices.Length; i++) _inputs[_form.FirstElementInput + i] = _slices[i].At(iteration, set);
        _body.Run(set, _inputs, control);
        for (int j = 0; j < _stacks.Length; j++) _stacks[j]?.Add(_body.Result(set, _form.FirstStackedOutput + j), set, iteration);
        bool goesOn = _alwaysGoesOn || IsTrue(_body.Result(set, 0), _conditions[set]);
        _carried.Advance(set); // last: it takes results out of the buffer set
        return goesOn;
    }

    private void End(StepFrame frame, long count)
    {
        for (int j = 0; j < _stacks.Length; j++)
            if (_stacks[j] is { } stack) frame.Outputs[FrameOutput(_form.Carried + j)] = stack.Finish(count);
        for (int k = 0; k < _form.Carried; k++)
        {
            if (FrameOutput(k) is not (>= 0 and var at)) continue;
            OrtValue? planned = frame.Outputs[at];
            frame.Outputs[at] = planned is null ? _carried.Take(k) ?? _writers[k].Of(_carried[k]!, null, _node.Outputs[k]!.Name)
                : _writers[k].Of(_carried[k]!, planned, _node.Outputs[k]!.Name);
        }
    }

    private unsafe OrtValue MakeTrue(Value input)
    {
        OrtValue value = _true!.Of(TensorElementType.Bool, input.Shape is { Rank: 1 } ? [1] : [], sizeof(bool));
        bool yes = true;
        MemoryBlock.Copy((nint)(&yes), MemoryPlace.Host, _true.Address, _body.Boundary.Inputs[1], sizeof(bool), Stream);
        Stream?.Synchronize();
        return value;
    }

    private unsafe long NumberOf(OrtValue trips) => *(long*)_trips.Of(trips).Address;

    private static unsafe bool IsTrue(OrtValue condition, TensorInfo info) => *(bool*)info.Of(condition).Address;

    private EnvironmentException Fault(string message) => new(RuntimeCodes.RuntimeFailed, _node.Label, message);
}

/// <summary>
/// The number of the iteration as a value for the body. For a device it is copied from a table on the host, which is only written while
/// the device does not read it, so that the host need not wait in each iteration.
/// </summary>
internal sealed unsafe class IterationNumber : IDisposable
{
    private const int TableLength = 1024;

    private readonly DeviceStream? _stream;
    private readonly ReusableTensor[] _numbers;
    private readonly ReusableTensor? _table;
    private readonly long[] _dims;
    private long _tableStart = -1;

    /// <summary>The numbers for a body.</summary>
    /// <param name="input">The body's input: a scalar, or a tensor of one element if it declares one.</param>
    /// <param name="place">Where the body reads it.</param>
    /// <param name="stream">The device, or null.</param>
    /// <param name="sets">The number of buffer sets.</param>
    public IterationNumber(Value input, MemoryPlace place, DeviceStream? stream, int sets)
    {
        _stream = stream;
        _dims = input.Shape is { Rank: 1 } ? [1] : [];
        _numbers = [.. Enumerable.Range(0, sets).Select(_ => new ReusableTensor(place, stream))];
        if (place == MemoryPlace.Device) _table = new ReusableTensor(MemoryPlace.Host, stream);
    }

    /// <summary>The number of an iteration, as the value of a buffer set.</summary>
    public OrtValue Of(long iteration, int set)
    {
        ReusableTensor number = _numbers[set];
        OrtValue value = number.Of(TensorElementType.Int64, _dims, sizeof(long));
        if (_table is null) *(long*)number.Address = iteration;
        else
        {
            if (iteration / TableLength != _tableStart) Fill(iteration / TableLength);
            _stream!.Copy(_table.Address + (nint)(iteration % TableLength * sizeof(long)), number.Address, sizeof(long));
        }
        return value;
    }

    public void Dispose()
    {
        foreach (ReusableTensor number in _numbers) number.Dispose();
        _table?.Dispose();
    }

    private void Fill(long part)
    {
        _table!.Of(TensorElementType.Int64, [TableLength], TableLength * sizeof(long));
        _stream!.Synchronize();
        for (int i = 0; i < TableLength; i++) ((long*)_table.Address)[i] = part * TableLength + i;
        _tableStart = part;
    }
}
