using GraphPartition.Emit;
using GraphPartition.Ir;
using GraphPartition.Runtime;
using GraphPartition.Runtime.Devices;
using GraphPartition.Runtime.Steps;

namespace GraphPartition.Tests.Session.Support;

/// <summary>"Engines" for some groups: ONNX Runtime on the processor, when the simulated stream comes to it.</summary>
internal sealed class SimulatedEngines(CompiledModel compiled, Func<TrtNode, bool> has) : IEngineSource
{
    private readonly List<OrtStepSource> _sources = [];

    /// <summary>Called before each run of a group; what it throws, the step throws.</summary>
    public Action<TrtNode>? BeforeRun { get; init; }

    public bool CanRun(TrtNode group) => has(group);

    public IStepExecutor Create(TrtNode group, DeviceStream stream) =>
        new Engine(SourceOf(group).CreateOnHost(group.Segment), group, (SimulatedStream)stream, this);

    public void Dispose()
    {
        foreach (OrtStepSource source in _sources) source.Dispose();
    }

    private OrtStepSource SourceOf(TrtNode group)
    {
        Model model = compiled.ModelOf(group); // a body's, where the group is in one
        var source = new OrtStepSource(compiled with { Model = model }, new ModelSessionOptions { Threads = 1 }, new RepeatableNodes(model.Graph));
        _sources.Add(source);
        return source;
    }

    private sealed class Engine(IStepExecutor inner, TrtNode group, SimulatedStream stream, SimulatedEngines owner) : IStepExecutor
    {
        private readonly RunControl _control = new();
        private readonly List<StepFrame> _frames = [];

        public string Device => "simulated";

        public StepPlacement Placement { get; } =
            StepPlacement.All(MemoryPlace.Device, group.Segment.Inputs.Length, group.Segment.Outputs.Length);

        public bool OnlyEnqueues => true;

        public void Run(StepFrame frame, RunControl control)
        {
            owner.BeforeRun?.Invoke(group);
            if (frame.Outputs.Contains(null)) // as an engine whose output shapes depend on data
            {
                stream.Synchronize();
                inner.Run(frame, _control);
                return;
            }
            var later = new StepFrame(frame.Inputs.Length, frame.Outputs.Length); // work that is done again comes back to it
            _frames.Add(later);
            frame.Inputs.CopyTo(later.Inputs, 0);
            frame.Outputs.CopyTo(later.Outputs, 0);
            stream.Enqueue(() => inner.Run(later, _control));
        }

        public void Dispose()
        {
            foreach (StepFrame frame in _frames) frame.Dispose();
            inner.Dispose();
            _control.Dispose();
        }
    }
}
