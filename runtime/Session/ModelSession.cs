using System.Collections.Immutable;
using GraphPartition.Emit;
using GraphPartition.Ir;
using GraphPartition.Onnx;
using Microsoft.ML.OnnxRuntime;

namespace GraphPartition.Runtime;

/// <summary>
/// Executes a compiled model. Loading makes the executors of all steps; <see cref="Run"/> may then be called from many threads
/// at once. A run that fails leaves the session usable.
/// </summary>
public sealed class ModelSession : IDisposable
{
    private readonly ImmutableArray<IStepExecutor> _executors;

    private ModelSession(ExecutionPlan plan, ImmutableArray<IStepExecutor> executors)
    {
        Plan = plan;
        _executors = executors;
    }

    /// <summary>What a run does.</summary>
    public ExecutionPlan Plan { get; }

    /// <summary>The values to feed, in order.</summary>
    public ImmutableArray<Value> Inputs => Plan.Graph.Inputs;

    /// <summary>The results, in order.</summary>
    public ImmutableArray<Value> Outputs => Plan.Graph.Outputs;

    /// <summary>Loads a compiled model from its file, as it was written.</summary>
    /// <exception cref="ModelException">The file is no compiled model or is damaged (GP1xxx, GP5001, GP5002).</exception>
    /// <exception cref="EnvironmentException">The runtime or the device fails.</exception>
    public static ModelSession Load(string path, ModelSessionOptions? options = null) =>
        Create(Package.Unpack(OnnxReader.Read(path)), options);

    /// <summary>Makes a session of a compiled model.</summary>
    /// <exception cref="ModelException">An operator that no executor knows (GP5003).</exception>
    /// <exception cref="EnvironmentException">The runtime or the device fails.</exception>
    public static ModelSession Create(CompiledModel compiled, ModelSessionOptions? options = null)
    {
        options ??= new();
        ExecutionPlan plan = ExecutionPlan.Of(compiled, _ => options.KeepGroups);
        var sessions = new OrtSessions(options);
        var executors = ImmutableArray.CreateBuilder<IStepExecutor>();
        try
        {
            foreach (ExecutionStep step in plan.Steps)
            {
                var segment = SegmentModel.Of(compiled.Model, step.Segment);
                executors.Add(new OrtStep(sessions.Create(segment, isOnlyOne: plan.Steps.Length == 1), segment.Graph.Name));
            }
        }
        catch
        {
            foreach (IStepExecutor executor in executors) executor.Dispose();
            throw;
        }
        return new(plan, executors.ToImmutable());
    }

    /// <summary>Computes the outputs. What is fed stays the caller's; the result is the caller's to dispose.</summary>
    /// <param name="feeds">A value for each input without a default, by name.</param>
    /// <param name="cancellation">Stops the run before its next step, and the current step as soon as ONNX Runtime can.</param>
    /// <exception cref="ModelException">An input does not fit (GP5004); all faults are in it.</exception>
    /// <exception cref="EnvironmentException">A step fails (GP5006).</exception>
    public RunResult Run(IReadOnlyDictionary<string, OrtValue> feeds, CancellationToken cancellation = default)
    {
        FeedChecker.Check(Plan.Graph, feeds);
        var slots = new OrtValue?[Plan.SlotCount];
        var owned = new bool[Plan.SlotCount];
        using var options = new RunOptions();
        using CancellationTokenRegistration stop = cancellation.Register(() => options.Terminate = true);
        try
        {
            Feed(feeds, slots, owned);
            for (int s = 0; s < _executors.Length; s++)
            {
                cancellation.ThrowIfCancellationRequested();
                ExecutionStep step = Plan.Steps[s];
                IReadOnlyList<OrtValue> results = _executors[s].Run(options, new SlotView(slots, step.Inputs));
                for (int i = 0; i < results.Count; i++)
                {
                    slots[step.Outputs[i]] = results[i];
                    owned[step.Outputs[i]] = true;
                }
                foreach (int slot in step.Dying) Free(slot);
            }
            return Collect(slots, owned);
        }
        catch (EnvironmentException) when (cancellation.IsCancellationRequested)
        {
            throw new OperationCanceledException(cancellation);
        }
        finally
        {
            for (int slot = 0; slot < slots.Length; slot++) Free(slot);
        }

        void Free(int slot)
        {
            if (owned[slot]) slots[slot]?.Dispose();
            slots[slot] = null;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (IStepExecutor executor in _executors) executor.Dispose();
    }

    private void Feed(IReadOnlyDictionary<string, OrtValue> feeds, OrtValue?[] slots, bool[] owned)
    {
        for (int i = 0; i < Inputs.Length; i++)
        {
            int slot = Plan.InputSlots[i];
            if (feeds.TryGetValue(Inputs[i].Name, out OrtValue? fed)) slots[slot] = fed;
            else
            {
                slots[slot] = OrtValues.ToOrt(Plan.Graph.Defaults[Inputs[i]]);
                owned[slot] = true;
            }
        }
    }

    /// <summary>Moves results out of their slots. An output that is an input, a constant or listed twice is copied.</summary>
    private RunResult Collect(OrtValue?[] slots, bool[] owned)
    {
        var values = new OrtValue[Outputs.Length];
        var movedTo = new int[slots.Length]; // 1 + the output that took the slot's value
        for (int i = 0; i < values.Length; i++)
        {
            int slot = Plan.OutputSlots[i];
            if (slot < 0) values[i] = OrtValues.ToOrt(Outputs[i].Data!);
            else if (owned[slot])
            {
                values[i] = slots[slot]!;
                owned[slot] = false;
                movedTo[slot] = i + 1;
            }
            else values[i] = OrtValues.ToOrt(OrtValues.ToTensor(movedTo[slot] > 0 ? values[movedTo[slot] - 1] : slots[slot]!));
        }
        return new RunResult(Outputs, values);
    }
}
