using GraphPartition.Operators.Inference;
using GraphPartition.Runtime.Memory;

namespace GraphPartition.Runtime.Flow;

/// <summary>
/// The carried values of a loop. The next iteration reads the outputs of the last one without a copy, since it writes to another buffer
/// set. A value is copied only if it would not stay: if it goes to another place, or is in device memory that its step will write
/// again.
/// </summary>
internal sealed class CarriedValues : IDisposable
{
    private readonly LoopForm _form;
    private readonly BodyRunner _body;
    private readonly MemoryPlace[] _places;
    private readonly int _sets;
    private readonly ReusableTensor?[][] _copies; // by value and buffer set; the last one holds the initial value
    private readonly TensorInfo _source = new();
    private readonly OrtValue?[] _results;
    private CarriedValue[] _now, _next;

    /// <summary>The values of a loop.</summary>
    /// <param name="form">The loop.</param>
    /// <param name="body">Its body.</param>
    /// <param name="places">Where each value is passed to the next iteration.</param>
    /// <param name="sets">The number of buffer sets.</param>
    public CarriedValues(LoopForm form, BodyRunner body, MemoryPlace[] places, int sets)
    {
        _form = form;
        _body = body;
        _places = places;
        _now = new CarriedValue[places.Length];
        _next = new CarriedValue[places.Length];
        _results = new OrtValue?[places.Length];
        _sets = sets;
        _copies = [.. places.Select(_ => new ReusableTensor?[sets + 1])];
    }

    /// <summary>A value for the next iteration.</summary>
    public OrtValue? this[int index] => _now[index].Value;

    /// <summary>Sets a value before the first iteration.</summary>
    /// <param name="index">Its index.</param>
    /// <param name="value">The value; it stays until the loop has ended.</param>
    /// <param name="place">Where it is.</param>
    public void Begin(int index, OrtValue? value, MemoryPlace place)
    {
        if (value is not null && place != _places[index])
        {
            value = Copy(value, place, index, _sets);
            _body.Stream!.Synchronize(); // the owner of host memory may change it
        }
        _now[index] = new(value, CarriedLifetime.Loop);
    }

    /// <summary>Takes the outputs of an iteration.</summary>
    public void Advance(int set)
    {
        // All are read before one is taken: two outputs may be the same value.
        for (int k = 0; k < _now.Length; k++) _results[k] = _body.Result(set, _form.FirstCarriedOutput + k);
        for (int k = 0; k < _now.Length; k++) _next[k] = Next(_results[k]!, k, set);
        for (int k = 0; k < _now.Length; k++)
            if (_now[k].Lifetime == CarriedLifetime.Owned) _now[k].Value!.Dispose();
        (_now, _next) = (_next, _now);
        Array.Clear(_next);
    }

    /// <summary>Moves the ownership of a value to the caller, after the last iteration; null if the loop does not own it.</summary>
    public OrtValue? Take(int index)
    {
        if (_now[index].Lifetime != CarriedLifetime.Owned) return null;
        OrtValue? value = _now[index].Value;
        _now[index] = new(value, CarriedLifetime.Iteration);
        return value;
    }

    /// <summary>Frees the values that the loop owns.</summary>
    public void End()
    {
        Free(_now);
        Free(_next);
    }

    public void Dispose()
    {
        End();
        foreach (ReusableTensor?[] sets in _copies)
            foreach (ReusableTensor? copy in sets) copy?.Dispose();
    }

    private static void Free(CarriedValue[] values)
    {
        foreach (CarriedValue value in values)
            if (value.Lifetime == CarriedLifetime.Owned) value.Value!.Dispose();
        Array.Clear(values);
    }

    private CarriedValue Next(OrtValue value, int k, int set)
    {
        int output = _form.FirstCarriedOutput + k, from = _body.PassedInput(output);
        if (_body.Graph.Outputs[output].IsConstant)
            return _places[k] == MemoryPlace.Host ? new(value, CarriedLifetime.Loop)
                : new(Copy(value, MemoryPlace.Host, k, set), CarriedLifetime.Iteration);
        if (from >= 0) return Passed(value, from, k, set);
        if (_body.Take(set, output) is not { } made) return new(value, CarriedLifetime.Iteration);
        if (_places[k] == MemoryPlace.Host) return new(made, CarriedLifetime.Owned);
        // On a device, the step may write the same memory again when it runs next.
        OrtValue copy = Copy(made, MemoryPlace.Device, k, set);
        made.Dispose();
        return new(copy, CarriedLifetime.Iteration);
    }

    /// <summary>
    /// An output that is an input: a carried value (perhaps another one), a captured value, or an element of this iteration.
    /// </summary>
    private CarriedValue Passed(OrtValue value, int from, int k, int set)
    {
        int carried = from - _form.FirstCarriedInput;
        bool isCaptured = from >= _form.FirstElementInput + _form.Scanned.Length;
        if (carried >= 0 && carried < _now.Length && _places[carried] == _places[k])
        {
            CarriedValue old = _now[carried];
            if (old.Lifetime == CarriedLifetime.Loop) return old;
            if (old.Lifetime == CarriedLifetime.Owned)
            {
                _now[carried] = old with { Lifetime = CarriedLifetime.Iteration }; // the first output that is this value owns it
                return old;
            }
        }
        else if (isCaptured && _body.Boundary.Inputs[from] == _places[k]) return new(value, CarriedLifetime.Loop);
        return _places[k] == MemoryPlace.Host ? new(OrtValues.Copy(value), CarriedLifetime.Owned)
            : new(Copy(value, MemoryPlace.Device, k, set), CarriedLifetime.Iteration);
    }

    private OrtValue Copy(OrtValue value, MemoryPlace from, int k, int set)
    {
        ReusableTensor copy = _copies[k][set] ??= new ReusableTensor(_places[k], _body.Stream);
        _source.Of(value);
        OrtValue made = copy.Of(_source.Element, _source.Dims, _source.Bytes);
        MemoryBlock.Copy(_source.Address, from, copy.Address, _places[k], _source.Bytes, _body.Stream);
        return made;
    }
}

/// <summary>How long a carried value stays unchanged.</summary>
internal enum CarriedLifetime
{
    /// <summary>To the end of the loop: it comes from outside.</summary>
    Loop,
    /// <summary>As long as the loop keeps it: an iteration created it, and the loop owns it.</summary>
    Owned,
    /// <summary>To the end of the next iteration: it is in a buffer set, or part of another value that is kept.</summary>
    Iteration,
}

/// <summary>A value that goes from one iteration to the next.</summary>
/// <param name="Value">The value; null for none.</param>
/// <param name="Lifetime">How long it stays unchanged.</param>
internal readonly record struct CarriedValue(OrtValue? Value, CarriedLifetime Lifetime);
