using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Runtime.Devices;
using GraphPartition.Runtime.Execution;
using GraphPartition.Runtime.Scheduling;
using GraphPartition.Runtime.Steps;
using Microsoft.ML.OnnxRuntime;

namespace GraphPartition.Runtime.Flow;

/// <summary>
/// A body that a step runs. Its results stay in the buffers of their lane until that lane's next run, so iterations in different
/// lanes read what the one before wrote, and nothing is copied in between.
/// </summary>
internal sealed class Body : IDisposable
{
    private readonly StepExecutors _executors;
    private readonly ModelSessionOptions _options;
    private readonly string _name;
    private readonly RunContext?[] _lanes;
    private readonly OrtValue?[] _constants;
    private int _last; // the lane that ran last

    /// <summary>A body over executors, which it owns.</summary>
    /// <param name="executors">What computes the steps of the body.</param>
    /// <param name="options">How it runs.</param>
    /// <param name="name">What it is called in profiles.</param>
    /// <param name="lanes">How many lanes there may be.</param>
    public Body(StepExecutors executors, ModelSessionOptions options, string name, int lanes)
    {
        _executors = executors;
        _options = options;
        _name = name;
        _lanes = new RunContext?[lanes];
        _constants = new OrtValue?[Plan.OutputSlots.Length];
        Boundary = StepPlacement.All(MemoryPlace.Host, Plan.InputSlots.Length, Plan.OutputSlots.Length);
    }

    public ExecutionPlan Plan => _executors.Plan;

    public Graph Graph => Plan.Graph;

    public DeviceStream? Stream => _executors.Stream;

    /// <summary>The lanes that were used so far.</summary>
    public IEnumerable<RunContext> Lanes => _lanes.OfType<RunContext>();

    /// <summary>Where the caller hands over inputs and wants results; to be set before the first run.</summary>
    public StepPlacement Boundary { get; set; }

    /// <summary>Where an input is read: on the device only if no step of the host reads it.</summary>
    public MemoryPlace PlaceOfInput(int input)
    {
        bool onDevice = false;
        for (int s = 0; s < Plan.Steps.Length; s++)
            for (int i = 0; i < Plan.Steps[s].Inputs.Length; i++)
            {
                if (Plan.Steps[s].Inputs[i] != Plan.InputSlots[input]) continue;
                if (_executors.Usual[s].Placement.Inputs[i] == MemoryPlace.Host) return MemoryPlace.Host;
                onDevice = true;
            }
        return onDevice ? MemoryPlace.Device : MemoryPlace.Host;
    }

    /// <summary>Where an output is made; null where it is an input or a constant.</summary>
    public MemoryPlace? PlaceOfOutput(int output)
    {
        for (int s = 0; s < Plan.Steps.Length; s++)
            if (Plan.Steps[s].Outputs.IndexOf(Plan.OutputSlots[output]) is >= 0 and var i) return _executors.Usual[s].Placement.Outputs[i];
        return null;
    }

    /// <summary>The input that an output hands on; -1 where it is made or a constant.</summary>
    public int HandedOn(int output) => Plan.OutputSlots[output] is >= 0 and var slot ? Plan.InputSlots.IndexOf(slot) : -1;

    /// <summary>Runs the body in a lane.</summary>
    /// <exception cref="EnvironmentException">A step fails.</exception>
    public void Run(int lane, ReadOnlySpan<OrtValue?> inputs, RunControl control)
    {
        _last = lane;
        (_lanes[lane] ??= RunContext.ForParts(_executors, _options, Boundary, _name)).Run(inputs, control);
    }

    /// <summary>A result of a lane's last run: of a constant a value in host memory.</summary>
    public OrtValue Result(int lane, int output) =>
        Graph.Outputs[output].Data is { } data ? _constants[output] ??= OrtValues.ToOrt(data) : _lanes[lane]!.Result(output)!;

    /// <summary>A result that is the caller's from now on; null where it lies in a buffer, or somewhere else.</summary>
    public OrtValue? Take(int lane, int output) => Plan.OutputSlots[output] < 0 ? null : _lanes[lane]!.TakeResult(output);

    /// <summary>Whether the body has arranged itself so that what failed can be tried again.</summary>
    public bool Recovers(EnvironmentException fault) => _lanes[_last]?.Recovers(fault) == true;

    public void Dispose()
    {
        foreach (RunContext lane in Lanes) lane.Dispose();
        foreach (OrtValue? constant in _constants) constant?.Dispose();
        _executors.Dispose();
    }
}
