using GraphPartition.CompiledModels;
using GraphPartition.Runtime.Devices;
using Microsoft.ML.OnnxRuntime;

namespace GraphPartition.Runtime.Flow;

/// <summary>
/// The carried values of a loop. What an iteration made is handed to the next one as it is, since that writes to another lane; a copy
/// is made only where a value would not stay: it is handed on to another place, or lies in device memory that its maker will write again.
/// </summary>
internal sealed class CarriedValues : IDisposable
{
    private readonly LoopForm _form;
    private readonly Body _body;
    private readonly MemoryPlace[] _places;
    private readonly int _lanes;
    private readonly OwnTensor?[][] _copies; // by value and lane; behind the lanes that of the beginning
    private readonly TensorGlance _source = new();
    private readonly OrtValue?[] _results;
    private CarriedValue[] _now, _next;

    /// <summary>The values of a loop.</summary>
    /// <param name="form">The loop.</param>
    /// <param name="body">Its body.</param>
    /// <param name="places">Where each value is handed on.</param>
    /// <param name="lanes">How many lanes there are.</param>
    public CarriedValues(LoopForm form, Body body, MemoryPlace[] places, int lanes)
    {
        _form = form;
        _body = body;
        _places = places;
        _now = new CarriedValue[places.Length];
        _next = new CarriedValue[places.Length];
        _results = new OrtValue?[places.Length];
        _lanes = lanes;
        _copies = [.. places.Select(_ => new OwnTensor?[lanes + 1])];
    }

    /// <summary>A value as the next iteration gets it.</summary>
    public OrtValue? this[int index] => _now[index].Value;

    /// <summary>Sets a value before the first iteration.</summary>
    /// <param name="index">Which.</param>
    /// <param name="value">The value; it stays until the loop has ended.</param>
    /// <param name="place">Where it is.</param>
    public void Begin(int index, OrtValue? value, MemoryPlace place)
    {
        if (value is not null && place != _places[index])
        {
            value = Copy(value, place, index, _lanes);
            _body.Stream!.Synchronize(); // memory of the host is its owner's again
        }
        _now[index] = new(value, CarriedStay.Loop);
    }

    /// <summary>Takes what an iteration gives.</summary>
    public void Advance(int lane)
    {
        // All are looked up before one is taken, which another may be too.
        for (int k = 0; k < _now.Length; k++) _results[k] = _body.Result(lane, _form.FirstCarriedOutput + k);
        for (int k = 0; k < _now.Length; k++) _next[k] = Next(_results[k]!, k, lane);
        for (int k = 0; k < _now.Length; k++)
            if (_now[k].Stay == CarriedStay.Kept) _now[k].Value!.Dispose();
        (_now, _next) = (_next, _now);
        Array.Clear(_next);
    }

    /// <summary>Gives a value away after the last iteration; null where it is not the loop's to give.</summary>
    public OrtValue? Take(int index)
    {
        if (_now[index].Stay != CarriedStay.Kept) return null;
        OrtValue? value = _now[index].Value;
        _now[index] = new(value, CarriedStay.Iteration);
        return value;
    }

    /// <summary>Frees what was not given away.</summary>
    public void End()
    {
        Free(_now);
        Free(_next);
    }

    public void Dispose()
    {
        End();
        foreach (OwnTensor?[] lanes in _copies)
            foreach (OwnTensor? copy in lanes) copy?.Dispose();
    }

    private static void Free(CarriedValue[] values)
    {
        foreach (CarriedValue value in values)
            if (value.Stay == CarriedStay.Kept) value.Value!.Dispose();
        Array.Clear(values);
    }

    private CarriedValue Next(OrtValue value, int k, int lane)
    {
        int output = _form.FirstCarriedOutput + k, from = _body.HandedOn(output);
        if (_body.Graph.Outputs[output].IsConstant)
            return _places[k] == MemoryPlace.Host ? new(value, CarriedStay.Loop) : new(Copy(value, MemoryPlace.Host, k, lane), CarriedStay.Iteration);
        if (from >= 0) return HandedOn(value, from, k, lane);
        if (_body.Take(lane, output) is not { } made) return new(value, CarriedStay.Iteration);
        if (_places[k] == MemoryPlace.Host) return new(made, CarriedStay.Kept);
        // On a device a step may have made it in memory that it writes again when it runs next.
        OrtValue copy = Copy(made, MemoryPlace.Device, k, lane);
        made.Dispose();
        return new(copy, CarriedStay.Iteration);
    }

    /// <summary>An output that is an input: a carried value, perhaps another one, or something that is there in this iteration only, or captured.</summary>
    private CarriedValue HandedOn(OrtValue value, int from, int k, int lane)
    {
        int carried = from - _form.FirstCarriedInput;
        bool isCaptured = from >= _form.FirstElementInput + _form.Scanned.Length;
        if (carried >= 0 && carried < _now.Length && _places[carried] == _places[k])
        {
            CarriedValue old = _now[carried];
            if (old.Stay == CarriedStay.Loop) return old;
            if (old.Stay == CarriedStay.Kept)
            {
                _now[carried] = old with { Stay = CarriedStay.Iteration }; // whoever comes first keeps it
                return old;
            }
        }
        else if (isCaptured && _body.Boundary.Inputs[from] == _places[k]) return new(value, CarriedStay.Loop);
        return _places[k] == MemoryPlace.Host ? new(OrtValues.Copy(value), CarriedStay.Kept)
            : new(Copy(value, MemoryPlace.Device, k, lane), CarriedStay.Iteration);
    }

    private OrtValue Copy(OrtValue value, MemoryPlace from, int k, int lane)
    {
        OwnTensor copy = _copies[k][lane] ??= new OwnTensor(_places[k], _body.Stream);
        _source.At(value);
        OrtValue made = copy.Of(_source.Element, _source.Dims, _source.Bytes);
        Bytes.Copy(_source.Address, from, copy.Address, _places[k], _source.Bytes, _body.Stream);
        return made;
    }
}
