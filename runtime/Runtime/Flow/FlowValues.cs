using GraphPartition.CompiledModels;
using GraphPartition.Ir.Graphs;
using GraphPartition.Runtime.Devices;
using GraphPartition.Runtime.Steps;
using Microsoft.ML.OnnxRuntime;

namespace GraphPartition.Runtime.Flow;

/// <summary>The values that a control-flow node and its bodies use: inputs of the step, each at one place, and constants on the host.</summary>
internal sealed class FlowValues : IDisposable
{
    private readonly GraphSegment _segment;
    private readonly Dictionary<Value, OrtValue> _constants = [];
    private readonly MemoryPlace?[] _places;

    /// <summary>The values of a step that is one node.</summary>
    public FlowValues(GraphSegment segment)
    {
        _segment = segment;
        _places = new MemoryPlace?[segment.Inputs.Length];
    }

    /// <summary>Where the step's inputs are wanted.</summary>
    public IEnumerable<MemoryPlace> Places => _places.Select(p => p ?? MemoryPlace.Host);

    /// <summary>Says where a value would best be. It will be on the device if nobody wants it on the host.</summary>
    public void Want(Value? value, MemoryPlace place)
    {
        if (value is null || value.IsConstant) return;
        int input = _segment.Inputs.IndexOf(value);
        _places[input] = _places[input] == MemoryPlace.Host ? MemoryPlace.Host : place;
    }

    /// <summary>Where a value is.</summary>
    public MemoryPlace PlaceOf(Value value) => value.IsConstant ? MemoryPlace.Host : _places[_segment.Inputs.IndexOf(value)] ?? MemoryPlace.Host;

    /// <summary>A value in a run; null where it is left out, or an optional that is empty.</summary>
    public OrtValue? Of(Value? value, StepFrame frame)
    {
        if (value is null) return null;
        if (value.Data is null) return frame.Inputs[_segment.Inputs.IndexOf(value)];
        if (!_constants.TryGetValue(value, out OrtValue? constant)) _constants.Add(value, constant = OrtValues.ToOrt(value.Data));
        return constant;
    }

    public void Dispose()
    {
        foreach (OrtValue constant in _constants.Values) constant.Dispose();
    }
}
