using GraphPartition.CompiledModels;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Types;
using GraphPartition.Runtime.Devices;
using GraphPartition.Runtime.Options;
using GraphPartition.Runtime.Ort;
using GraphPartition.Runtime.Providers;
using GraphPartition.Runtime.Steps;
using Microsoft.ML.OnnxRuntime;

namespace GraphPartition.Runtime.Tests.Support;

/// <summary>"Engines" for some groups: ONNX Runtime on the processor, when the simulated stream comes to it.</summary>
internal sealed class SimulatedEngines(CompiledModel compiled, Func<TrtNode, bool> has) : IEngineSource
{
    private readonly List<OrtStepSource> _sources = [];

    /// <summary>Called before each run of a group; what it throws, the step throws.</summary>
    public Action<TrtNode>? BeforeRun { get; init; }

    /// <summary>Whether an engine keeps what it needs for the last shape only, so that what was recorded for another one cannot be
    /// replayed.</summary>
    public bool KeepsOneShape { get; init; }

    /// <summary>Engines know tensors only.</summary>
    public bool CanRun(TrtNode group) => has(group) && group.Segment.Inputs.Concat(group.Segment.Outputs).All(v => v.Type is TensorType);

    public IStepExecutor Create(TrtNode group, DeviceStream stream) =>
        new Engine(SourceOf(group).CreateOnHost(group.Segment), group, (SimulatedStream)stream, this);

    public void Dispose()
    {
        foreach (OrtStepSource source in _sources) source.Dispose();
    }

    private OrtStepSource SourceOf(TrtNode group)
    {
        Model model = compiled.Model with { Graph = compiled.PlacedGroups.First(p => p.Group.Id == group.Id).Graph };
        var source = new OrtStepSource(compiled with { Model = model }, new ModelSessionOptions { Threads = 1, Optimize = false },
            new CpuProvider(), new CaptureAnalysis(model.Graph));
        _sources.Add(source);
        return source;
    }

    private sealed class Engine(IStepExecutor inner, TrtNode group, SimulatedStream stream, SimulatedEngines owner) : IStepExecutor
    {
        private readonly RunControl _control = new();
        private readonly List<StepFrame> _frames = [];
        private readonly List<OrtValue> _views = [];
        private readonly KernelCache _kernels = new();

        public string Device => "simulated";

        public StepPlacement Placement { get; } =
            StepPlacement.All(MemoryPlace.Device, group.Segment.Inputs.Length, group.Segment.Outputs.Length);

        public bool OnlyEnqueues => true;

        public int KernelChanges => _kernels.Changes;

        public void Run(StepFrame frame, RunControl control)
        {
            owner.BeforeRun?.Invoke(group);
            if (owner.KeepsOneShape) _kernels.Use(frame.InputShapes!);
            int made = KernelChanges;
            if (frame.Outputs.Contains(null)) // as an engine whose output shapes depend on data
            {
                stream.Synchronize();
                bool[] open = [.. frame.Outputs.Select(v => v is null)];
                inner.Run(frame, _control);
                for (int i = 0; i < open.Length; i++)
                    if (open[i]) frame.Outputs[i] = Own(frame.Outputs[i]!);
                return;
            }
            var later = new StepFrame(frame.Inputs.Length, frame.Outputs.Length); // work that is done again comes back to it
            _frames.Add(later);
            for (int i = 0; i < frame.Inputs.Length; i++) later.Inputs[i] = View(frame.Inputs[i]!);
            for (int i = 0; i < frame.Outputs.Length; i++) later.Outputs[i] = View(frame.Outputs[i]!);
            stream.Enqueue(() =>
            {
                if (made != KernelChanges) throw new InvalidOperationException("a recording launches what is gone");
                inner.Run(later, _control);
            });
        }

        /// <summary>What an engine keeps of a value is its address.</summary>
        private OrtValue View(OrtValue value)
        {
            OrtValue view = Like(value);
            _views.Add(view);
            return view;
        }

        /// <summary>Its memory stays the engine's.</summary>
        private OrtValue Own(OrtValue made)
        {
            _views.Add(made);
            return Like(made);
        }

        private static OrtValue Like(OrtValue value)
        {
            OrtTensorTypeAndShapeInfo info = value.GetTensorTypeAndShape();
            nint address = info.ElementCount > 0 ? OrtValues.AddressOf(value) : 1;
            return OrtValue.CreateTensorValueWithData(
                OrtMemoryInfo.DefaultInstance, info.ElementDataType, info.Shape, address, value.GetTensorSizeInBytes());
        }

        public void Dispose()
        {
            foreach (StepFrame frame in _frames) frame.Dispose();
            foreach (OrtValue view in _views) view.Dispose();
            inner.Dispose();
            _control.Dispose();
        }
    }
}
