using GraphPartition.Emit;
using GraphPartition.Runtime;
using GraphPartition.Runtime.Devices;
using GraphPartition.Runtime.Steps;

namespace GraphPartition.Tests.Session.Support;

/// <summary>"Engines" for some groups: ONNX Runtime on the processor, when the simulated stream comes to it.</summary>
internal sealed class SimulatedEngines(CompiledModel compiled, Func<TrtNode, bool> has) : IEngineSource
{
    private readonly OrtStepSource _source = new(compiled, new ModelSessionOptions { Threads = 1 });

    /// <summary>Called before each run of a group; what it throws, the step throws.</summary>
    public Action<TrtNode>? BeforeRun { get; init; }

    public bool CanRun(TrtNode group) => has(group);

    public IStepExecutor Create(TrtNode group, DeviceStream stream) =>
        new Engine(_source.CreateOnHost(group.Segment), group, (SimulatedStream)stream, this);

    public void Dispose() => _source.Dispose();

    private sealed class Engine(IStepExecutor inner, TrtNode group, SimulatedStream stream, SimulatedEngines owner) : IStepExecutor
    {
        private readonly RunControl _control = new();

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
            var later = new StepFrame(frame.Inputs.Length, frame.Outputs.Length);
            frame.Inputs.CopyTo(later.Inputs, 0);
            frame.Outputs.CopyTo(later.Outputs, 0);
            stream.Enqueue(() => inner.Run(later, _control));
        }

        public void Dispose()
        {
            inner.Dispose();
            _control.Dispose();
        }
    }
}
