using GraphPartition.CompiledModels;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Runtime.Devices;
using GraphPartition.Runtime.Scheduling;
using GraphPartition.Runtime.Steps;
using Microsoft.ML.OnnxRuntime;

namespace GraphPartition.Runtime.Flow;

/// <summary>
/// A Loop or Scan whose body the session runs itself. Iterations take turns in two lanes, so that each reads what the one before
/// wrote, and the lanes see the same objects again and again: what is bound and recorded holds. The host waits only where it has to
/// read a condition.
/// </summary>
internal sealed class LoopStep : FlowStep
{
    private readonly Node _node;
    private readonly LoopForm _form;
    private readonly Body _body;
    private readonly OrtValue?[] _inputs;
    private readonly CarriedValues _carried;
    private readonly Slices[] _slices;
    private readonly Stack?[] _stacks;
    private readonly Delivery[] _deliveries;
    private readonly IterationNumber? _number;
    private readonly OwnTensor? _true;
    private readonly OrtValue? _goOn;
    private readonly TensorGlance _trips = new(), _begins = new();
    private readonly TensorGlance[] _conditions;
    private readonly bool _alwaysGoesOn;
    private readonly int _lanes;

    /// <summary>How many lanes a body needs.</summary>
    public const int MostLanes = 2;

    /// <summary>A step over the body, which it owns.</summary>
    /// <param name="step">The step.</param>
    /// <param name="node">The Loop or Scan.</param>
    /// <param name="body">The body, with <see cref="MostLanes"/> lanes.</param>
    public LoopStep(ExecutionStep step, Node node, Body body)
        : base(step, node, [body])
    {
        _node = node;
        _form = LoopForm.TryOf(node)!;
        _body = body;
        _alwaysGoesOn = _form.AlwaysGoesOn;
        _lanes = _form.Carried == 0 ? 1 : MostLanes;
        int inputs = body.Graph.Inputs.Length, own = _form.FirstElementInput + _form.Scanned.Length;
        _inputs = new OrtValue?[inputs];

        // Places. Carried values go where they are made; the condition goes where it is read.
        MemoryPlace[] carried = [.. Enumerable.Range(0, _form.Carried).Select(k =>
            body.PlaceOfOutput(_form.FirstCarriedOutput + k) ?? body.PlaceOfInput(_form.FirstCarriedInput + k))];
        MemoryPlace[] stacked = [.. _form.Stacked.Select((s, j) =>
            s.Axis == 0 && body.PlaceOfOutput(_form.FirstStackedOutput + j) is { } made ? made : MemoryPlace.Host)];
        Values.Want(_form.Trips, MemoryPlace.Host);
        Values.Want(_form.Condition, MemoryPlace.Host);
        for (int k = 0; k < carried.Length; k++) Values.Want(_form.Initial[k], carried[k]);
        for (int i = 0; i < _form.Scanned.Length; i++)
            Values.Want(_form.Scanned[i].Sequence, _form.Scanned[i].Axis == 0 ? body.PlaceOfInput(_form.FirstElementInput + i) : MemoryPlace.Host);
        for (int i = own; i < inputs; i++) Values.Want(body.Graph.Inputs[i], body.PlaceOfInput(i));
        body.Boundary = new([.. Enumerable.Range(0, inputs).Select(PlaceOfInput)],
        [
            .. _form.IsLoop ? [_alwaysGoesOn ? body.PlaceOfOutput(0) ?? MemoryPlace.Host : MemoryPlace.Host] : Array.Empty<MemoryPlace>(),
            .. carried, .. stacked,
        ]);
        MemoryPlace[] outputs = [.. carried, .. stacked];
        Placement = Place(outputs);

        _carried = new CarriedValues(_form, body, carried, _lanes);
        _slices = [.. _form.Scanned.Select(s => new Slices(s, Values.PlaceOf(s.Sequence), Stream, _lanes))];
        _stacks = [.. _form.Stacked.Select((s, j) => FrameOutput(_form.Carried + j) < 0 ? null
            : new Stack(s, body.Graph.Outputs[_form.FirstStackedOutput + j], stacked[j], Stream, _lanes))];
        _deliveries = [.. carried.Select(place => new Delivery(place, Stream))];
        _conditions = [.. Enumerable.Range(0, _lanes).Select(_ => new TensorGlance())];
        if (!_form.IsLoop) return;
        _number = new IterationNumber(body.Graph.Inputs[0], body.Boundary.Inputs[0], Stream, _lanes);
        _true = new OwnTensor(body.Boundary.Inputs[1], Stream);
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
        foreach (Delivery delivery in _deliveries) delivery.Dispose();
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
                int lane = (int)(count % _lanes);
                goesOn = Iterate(count, lane, control);
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

    /// <summary>Takes the inputs; the result is the most iterations there may be.</summary>
    private long Begin(StepFrame frame)
    {
        long most = long.MaxValue;
        if (Values.Of(_form.Trips, frame) is { } trips) most = Math.Max(0, NumberOf(trips));
        if (Values.Of(_form.Condition, frame) is { } begins && !IsTrue(begins, _begins)) most = 0;
        for (int i = 0; i < _slices.Length; i++)
        {
            if (_slices[i].Begin(Values.Of(_form.Scanned[i].Sequence, frame)!) is { } fault) throw Fault($"input '{_form.Scanned[i].Sequence.Name}': {fault}");
            if (i > 0 && _slices[i].Count != most) throw Fault($"its inputs have {most} and {_slices[i].Count} elements");
            most = _slices[i].Count;
        }
        long certain = most == 0 || (_alwaysGoesOn && most < long.MaxValue) ? most : -1;
        for (int k = 0; k < _form.Carried; k++) _carried.Begin(k, Values.Of(_form.Initial[k], frame), Values.PlaceOf(_form.Initial[k]));
        for (int j = 0; j < _stacks.Length; j++)
            _stacks[j]?.Begin(frame.Outputs[FrameOutput(_form.Carried + j)], certain);
        for (int i = _form.FirstElementInput + _slices.Length; i < _inputs.Length; i++) _inputs[i] = Values.Of(_body.Graph.Inputs[i], frame);
        return most;
    }

    /// <summary>Runs the body once; the result is whether the loop goes on.</summary>
    private bool Iterate(long iteration, int lane, RunControl control)
    {
        if (_form.IsLoop) (_inputs[0], _inputs[1]) = (_number!.Of(iteration, lane), _goOn);
        for (int k = 0; k < _form.Carried; k++) _inputs[_form.FirstCarriedInput + k] = _carried[k];
        for (int i = 0; i < _slices.Length; i++) _inputs[_form.FirstElementInput + i] = _slices[i].At(iteration, lane);
        _body.Run(lane, _inputs, control);
        for (int j = 0; j < _stacks.Length; j++) _stacks[j]?.Add(_body.Result(lane, _form.FirstStackedOutput + j), lane, iteration);
        bool goesOn = _alwaysGoesOn || IsTrue(_body.Result(lane, 0), _conditions[lane]);
        _carried.Advance(lane); // takes results out of the lane: the last thing to do
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
            frame.Outputs[at] = planned is null ? _carried.Take(k) ?? _deliveries[k].Of(_carried[k]!, null, _node.Outputs[k]!.Name)
                : _deliveries[k].Of(_carried[k]!, planned, _node.Outputs[k]!.Name);
        }
    }

    private unsafe OrtValue MakeTrue(Value input)
    {
        OrtValue value = _true!.Of(Microsoft.ML.OnnxRuntime.Tensors.TensorElementType.Bool, input.Shape is { Rank: 1 } ? [1] : [], sizeof(bool));
        bool yes = true;
        Bytes.Copy((nint)(&yes), MemoryPlace.Host, _true.Address, _body.Boundary.Inputs[1], sizeof(bool), Stream);
        Stream?.Synchronize();
        return value;
    }

    private unsafe long NumberOf(OrtValue trips) => *(long*)_trips.At(trips).Address;

    private static unsafe bool IsTrue(OrtValue condition, TensorGlance glance) => *(bool*)glance.At(condition).Address;

    private EnvironmentException Fault(string message) => new(Codes.RuntimeFailed, _node.Label, message);
}
