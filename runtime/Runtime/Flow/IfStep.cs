using GraphPartition.Runtime.Memory;

namespace GraphPartition.Runtime.Flow;

/// <summary>An If whose branches the session runs itself. Captured values are bound without a copy.</summary>
internal sealed class IfStep : FlowStep
{
    private readonly Node _node;
    private readonly BodyRunner _then, _else;
    private readonly OutputWriter[] _writers;
    private readonly TensorInfo _condition = new();
    private readonly OrtValue?[] _thenInputs, _elseInputs, _results;

    /// <summary>A step over the branches, which it owns.</summary>
    /// <param name="step">The step.</param>
    /// <param name="node">The If.</param>
    /// <param name="bodies">Its bodies in the order of its attributes.</param>
    public IfStep(ExecutionStep step, Node node, BodyRunner[] bodies) : base(step, node, bodies)
    {
        _node = node;
        // Attributes are sorted by name.
        (_else, _then) = (bodies[0], bodies[1]);
        _thenInputs = new OrtValue?[_then.Graph.Inputs.Length];
        _elseInputs = new OrtValue?[_else.Graph.Inputs.Length];
        _results = new OrtValue?[node.Outputs.Length];

        Values.Request(node.Input(0), MemoryPlace.Host);
        foreach (BodyRunner body in bodies)
            for (int i = 0; i < body.Graph.Inputs.Length; i++) Values.Request(body.Graph.Inputs[i], body.PlaceOfInput(i));
        MemoryPlace[] outputs = [.. Enumerable.Range(0, node.Outputs.Length).Select(o =>
            Array.TrueForAll(bodies, b => b.PlaceOfOutput(o) == MemoryPlace.Device) ? MemoryPlace.Device : MemoryPlace.Host)];
        foreach (BodyRunner body in bodies)
            body.Boundary = new([.. body.Graph.Inputs.Select(Values.PlaceOf)],
                [.. body.Graph.Outputs.Select((_, o) => o < outputs.Length ? outputs[o] : MemoryPlace.Host)]);
        _writers = [.. outputs.Select(place => new OutputWriter(place, Stream))];
        Placement = Place(outputs);
    }

    public override StepPlacement Placement { get; }

    public override void Dispose()
    {
        base.Dispose();
        foreach (OutputWriter writer in _writers) writer.Dispose();
    }

    protected override unsafe void Compute(StepFrame frame, RunControl control)
    {
        bool isTrue = *(bool*)_condition.Of(Values.Of(_node.Input(0), frame)!).Address;
        (BodyRunner body, OrtValue?[] inputs) = isTrue ? (_then, _thenInputs) : (_else, _elseInputs);
        for (int i = 0; i < inputs.Length; i++) inputs[i] = Values.Of(body.Graph.Inputs[i], frame);
        body.Run(0, inputs, control);
        Iterations = 1;
        for (int o = 0; o < _results.Length; o++) _results[o] = body.Result(0, o); // before one is taken: two outputs may be the same value
        for (int o = 0; o < _writers.Length; o++)
        {
            if (FrameOutput(o) is not (>= 0 and var at)) continue;
            OrtValue? planned = frame.Outputs[at];
            // A value of the branch that needs no planned buffer is passed on without a copy.
            frame.Outputs[at] = planned is null && Placement.Outputs[at] == MemoryPlace.Host && body.Take(0, o) is { } made ? made
                : _writers[o].Of(_results[o]!, planned, _node.Outputs[o]!.Name);
        }
    }
}
