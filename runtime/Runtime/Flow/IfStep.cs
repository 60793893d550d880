using GraphPartition.Ir.Graphs;
using GraphPartition.Runtime.Devices;
using GraphPartition.Runtime.Scheduling;
using GraphPartition.Runtime.Steps;
using Microsoft.ML.OnnxRuntime;

namespace GraphPartition.Runtime.Flow;

/// <summary>An If whose branches the session runs itself. What a branch captures is bound as it is.</summary>
internal sealed class IfStep : FlowStep
{
    private readonly Node _node;
    private readonly Body _then, _else;
    private readonly Delivery[] _deliveries;
    private readonly TensorGlance _condition = new();
    private readonly OrtValue?[] _thenInputs, _elseInputs, _results;

    /// <summary>A step over the branches, which it owns.</summary>
    /// <param name="step">The step.</param>
    /// <param name="node">The If.</param>
    /// <param name="bodies">Its bodies in the order of its attributes.</param>
    public IfStep(ExecutionStep step, Node node, Body[] bodies)
        : base(step, node, bodies)
    {
        _node = node;
        // Attributes are sorted by name.
        (_else, _then) = (bodies[0], bodies[1]);
        _thenInputs = new OrtValue?[_then.Graph.Inputs.Length];
        _elseInputs = new OrtValue?[_else.Graph.Inputs.Length];
        _results = new OrtValue?[node.Outputs.Length];

        Values.Want(node.Input(0), MemoryPlace.Host);
        foreach (Body body in bodies)
            for (int i = 0; i < body.Graph.Inputs.Length; i++) Values.Want(body.Graph.Inputs[i], body.PlaceOfInput(i));
        MemoryPlace[] outputs = [.. Enumerable.Range(0, node.Outputs.Length).Select(o =>
            Array.TrueForAll(bodies, b => b.PlaceOfOutput(o) == MemoryPlace.Device) ? MemoryPlace.Device : MemoryPlace.Host)];
        foreach (Body body in bodies)
            body.Boundary = new([.. body.Graph.Inputs.Select(Values.PlaceOf)],
                [.. body.Graph.Outputs.Select((_, o) => o < outputs.Length ? outputs[o] : MemoryPlace.Host)]);
        _deliveries = [.. outputs.Select(place => new Delivery(place, Stream))];
        Placement = Place(outputs);
    }

    public override StepPlacement Placement { get; }

    public override void Dispose()
    {
        base.Dispose();
        foreach (Delivery delivery in _deliveries) delivery.Dispose();
    }

    protected override unsafe void Compute(StepFrame frame, RunControl control)
    {
        bool isTrue = *(bool*)_condition.At(Values.Of(_node.Input(0), frame)!).Address;
        (Body body, OrtValue?[] inputs) = isTrue ? (_then, _thenInputs) : (_else, _elseInputs);
        for (int i = 0; i < inputs.Length; i++) inputs[i] = Values.Of(body.Graph.Inputs[i], frame);
        body.Run(0, inputs, control);
        Iterations = 1;
        for (int o = 0; o < _results.Length; o++) _results[o] = body.Result(0, o); // before one is taken, which another output may be too
        for (int o = 0; o < _deliveries.Length; o++)
        {
            if (FrameOutput(o) is not (>= 0 and var at)) continue;
            OrtValue? planned = frame.Outputs[at];
            // What the branch made and nobody planned memory for is handed on.
            frame.Outputs[at] = planned is null && Placement.Outputs[at] == MemoryPlace.Host && body.Take(0, o) is { } made ? made
                : _deliveries[o].Of(_results[o]!, planned, _node.Outputs[o]!.Name);
        }
    }
}
