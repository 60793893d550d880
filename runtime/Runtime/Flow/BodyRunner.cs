using GraphPartition.Runtime.Execution;
using GraphPartition.Runtime.Options;

namespace GraphPartition.Runtime.Flow;

/// <summary>
/// Runs a body of a control-flow node. It has several sets of buffers, with a runner each. Results stay in their set until its next
/// run, so an iteration reads what the one before wrote into another set, without a copy.
/// </summary>
internal sealed class BodyRunner : IDisposable
{
    private readonly StepExecutors _executors;
    private readonly ModelSessionOptions _options;
    private readonly string _name;
    private readonly Runner?[] _runners; // by buffer set
    private readonly OrtValue?[] _constants;
    private int _last; // the buffer set of the last run

    /// <summary>A runner over executors.</summary>
    /// <param name="executors">The executors of the body's steps; owned.</param>
    /// <param name="options">How the model runs.</param>
    /// <param name="name">The name of the node, for profiles.</param>
    /// <param name="sets">The number of buffer sets.</param>
    public BodyRunner(StepExecutors executors, ModelSessionOptions options, string name, int sets)
    {
        _executors = executors;
        _options = options;
        _name = name;
        _runners = new Runner?[sets];
        _constants = new OrtValue?[Plan.OutputSlots.Length];
        Boundary = StepPlacement.All(MemoryPlace.Host, Plan.InputSlots.Length, Plan.OutputSlots.Length);
    }

    public ExecutionPlan Plan => _executors.Plan;
    public Graph Graph => Plan.Graph;
    public DeviceStream? Stream => _executors.Stream;

    /// <summary>The runners of the buffer sets that were used so far.</summary>
    public IEnumerable<Runner> Runners => _runners.OfType<Runner>();

    /// <summary>Where the inputs are and where results go; to be set before the first run.</summary>
    public StepPlacement Boundary { get; set; }

    /// <summary>Where an input is read: on the device only if no step reads it on the host.</summary>
    public MemoryPlace PlaceOfInput(int input)
    {
        bool onDevice = false;
        for (int s = 0; s < Plan.Steps.Length; s++)
            for (int i = 0; i < Plan.Steps[s].Inputs.Length; i++)
            {
                if (Plan.Steps[s].Inputs[i] != Plan.InputSlots[input]) continue;
                if (_executors.Default[s].Placement.Inputs[i] == MemoryPlace.Host) return MemoryPlace.Host;
                onDevice = true;
            }
        return onDevice ? MemoryPlace.Device : MemoryPlace.Host;
    }

    /// <summary>Where an output is computed; null if it is an input or a constant.</summary>
    public MemoryPlace? PlaceOfOutput(int output)
    {
        for (int s = 0; s < Plan.Steps.Length; s++)
            if (Plan.Steps[s].Outputs.IndexOf(Plan.OutputSlots[output]) is >= 0 and var i)
                return _executors.Default[s].Placement.Outputs[i];
        return null;
    }

    /// <summary>The index of the input that an output is; -1 if it is computed or a constant.</summary>
    public int PassedInput(int output) => Plan.OutputSlots[output] is >= 0 and var slot ? Plan.InputSlots.IndexOf(slot) : -1;

    /// <summary>Runs the body in a buffer set.</summary>
    /// <exception cref="EnvironmentException">A step fails.</exception>
    public void Run(int set, ReadOnlySpan<OrtValue?> inputs, RunControl control)
    {
        _last = set;
        (_runners[set] ??= Runner.Nested(_executors, _options, Boundary, _name)).Run(inputs, control);
    }

    /// <summary>A result of the last run in a buffer set; constants are in host memory.</summary>
    public OrtValue Result(int set, int output) =>
        Graph.Outputs[output].Data is { } data ? _constants[output] ??= OrtValues.ToOrt(data) : _runners[set]!.Result(output)!;

    /// <summary>A result that the caller owns from now on; null if it is in a buffer, an input or a constant.</summary>
    public OrtValue? Take(int set, int output) => Plan.OutputSlots[output] < 0 ? null : _runners[set]!.TakeResult(output);

    /// <summary>Whether the run that failed can be repeated in another way.</summary>
    public bool TryRecover(EnvironmentException fault) => _runners[_last]?.TryRecover(fault) == true;

    public void Dispose()
    {
        foreach (Runner runner in Runners) runner.Dispose();
        foreach (OrtValue? constant in _constants) constant?.Dispose();
        _executors.Dispose();
    }
}
