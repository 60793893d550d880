using System.Globalization;
using GraphPartition.CompiledModels;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Types;
using GraphPartition.Onnx.Writing;
using GraphPartition.Operators.Inference;
using GraphPartition.Runtime.Batching;
using GraphPartition.Runtime.Scheduling;
using GraphPartition.Serving.Protocol;

namespace GraphPartition.Serving.Deploy;

/// <summary>
/// Writes a model repository for NVIDIA Triton (docs of triton-inference-server/server, model_repository.md, model_configuration.md,
/// ensemble_models.md). Without engines it is one model of the ONNX Runtime backend. With engines it is an ensemble along the plan: each
/// engine is a model of the TensorRT backend, with one plan file for each kind of GPU (<c>cc_model_filenames</c>), and what lies between
/// is ONNX. The ensemble also gives the engines' tensors the names of the model. Stock Triton loads no provider plugins, so there is no
/// other way to run our engines in it.
/// </summary>
public static class TritonRepository
{
    /// <summary>Writes the models into a repository. Folders appear when they are complete; the ensemble comes last.</summary>
    /// <param name="compiled">The model.</param>
    /// <param name="repository">The folder of the repository; created if it does not exist.</param>
    /// <param name="options">How it is written.</param>
    /// <returns>The names of the models that were written.</returns>
    /// <exception cref="ModelException">
    /// Triton cannot carry a value between parts (GP5049), an engine is damaged or stale (GP4023), or a folder is there already (GP5046).
    /// </exception>
    /// <exception cref="EnvironmentException">GP5005: a file cannot be written.</exception>
    public static IReadOnlyList<string> Write(CompiledModel compiled, string repository, TritonOptions options)
    {
        if (options.Name.Length == 0 || options.Name.AsSpan().ContainsAny(Path.GetInvalidFileNameChars()) || options.Name.StartsWith('.'))
            throw ServingCodes.BadOption.Error($"name '{options.Name}'", "it has to be the name of a folder");
        if (EngineOrigin.FindUnusable(compiled) is { IsEmpty: false } unusable)
            throw new ModelException([.. unusable.Select(u => u.Warning)]);
        AtomicFile.CreateFolder(repository);
        var plan = ExecutionPlan.Of(compiled, g => options.KeepGroups || !g.Engines.IsEmpty);
        int maxBatch = MaxBatchOf(plan, options);
        string NameOf(ExecutionStep step) =>
            $"{options.Name}_{(step.Group is { Engines.IsEmpty: false } ? "engine" : "part")}_{plan.Steps.IndexOf(step)}";
        if (plan.Steps is [{ Group: null or { Engines.IsEmpty: true } }])
        {
            using var only = new DeployFolder(Path.Combine(repository, options.Name));
            WriteOnnx(only, compiled.Model, options, maxBatch, options.Name);
            only.Commit();
            return [options.Name];
        }
        ModelConfig ensemble = Ensemble(plan, options, maxBatch, NameOf);
        List<DeployFolder> folders = [];
        try
        {
            foreach (ExecutionStep step in plan.Steps)
            {
                var folder = new DeployFolder(Path.Combine(repository, NameOf(step)));
                folders.Add(folder);
                if (step.Group is { Engines.IsEmpty: false } group)
                    WriteEngine(folder, compiled, group, options, maxBatch, NameOf(step));
                else WriteOnnx(folder, SegmentModel.PartOf(compiled.Model, step.Segment), options, maxBatch, NameOf(step));
            }
            var whole = new DeployFolder(Path.Combine(repository, options.Name));
            folders.Add(whole);
            whole.Write(ProtobufText.Print(ensemble), "config.pbtxt");
            whole.Write("", Version(options), ".gitkeep"); // the folder of the version is empty, and must be there
            foreach (DeployFolder folder in folders) folder.Commit();
        }
        finally
        {
            foreach (DeployFolder folder in folders) folder.Dispose();
        }
        return [.. plan.Steps.Select(NameOf), options.Name];
    }

    /// <summary>
    /// The greatest batch: 0 unless a proof shows that rows do not meet, each value between parts has the batch as its first size, and the
    /// engines take a batch of 1.
    /// </summary>
    private static int MaxBatchOf(ExecutionPlan plan, TritonOptions options)
    {
        if (BatchingSession.WhyNotBatched(plan.Graph) is not null || plan.Graph.Inputs.IsEmpty) return 0;
        string batch = ((TensorType)plan.Graph.Inputs[0].Type).Shape![0].Symbol!;
        IEnumerable<Value> crossing = plan.Steps.SelectMany(s => s.Segment.Inputs.Concat(s.Segment.Outputs));
        if (!crossing.All(v => v.Type is TensorType { Shape: [{ Symbol: { } first }, ..] } && first == batch)) return 0;
        InputProfile[] profiles = [.. plan.Steps.Where(s => s.Group is { Engines.IsEmpty: false }).SelectMany(s => s.Group!.Profiles)];
        if (profiles.Any(p => p.Min is not [1, ..])) return 0;
        return (int)profiles.Select(p => p.Max[0]).Append(options.MaxBatchSize).Min();
    }

    private static ModelConfig Ensemble(ExecutionPlan plan, TritonOptions options, int maxBatch, Func<ExecutionStep, string> nameOf)
    {
        string?[] names = new string[plan.SlotCount];
        for (int i = 0; i < plan.InputSlots.Length; i++) names[plan.InputSlots[i]] = plan.Graph.Inputs[i].Name;
        for (int i = 0; i < plan.OutputSlots.Length; i++)
        {
            int slot = plan.OutputSlots[i];
            if (slot < 0 || names[slot] is not null)
                throw ServingCodes.NotDeployable.Error(plan.OutputNames[i], "it is a constant, an input or another output, and no part computes it");
            names[slot] = plan.OutputNames[i];
        }
        string NameOf(int slot) => names[slot] ?? $"tensor_{slot}";
        var scheduling = new ModelEnsembling();
        foreach (ExecutionStep step in plan.Steps)
        {
            bool isEngine = step.Group is { Engines.IsEmpty: false };
            var entry = new ModelEnsembling.Types.Step { ModelName = nameOf(step), ModelVersion = -1 };
            for (int i = 0; i < step.Inputs.Length; i++)
                if (!isEngine || IsBound(step.Segment.Inputs[i]))
                    entry.InputMap.Add(isEngine ? step.Group!.InputName(i) : step.Segment.Inputs[i].Name, NameOf(step.Inputs[i]));
            for (int i = 0; i < step.Outputs.Length; i++)
                entry.OutputMap.Add(isEngine ? step.Group!.OutputName(i) : step.Segment.Outputs[i].Name, NameOf(step.Outputs[i]));
            scheduling.Step.Add(entry);
        }
        ModelConfig config = Config(options.Name, maxBatch,
            plan.Graph.Inputs.Select(v => (v, v.Name)), plan.Graph.Outputs.Select(v => (v, v.Name)));
        config.Platform = "ensemble";
        config.EnsembleScheduling = scheduling;
        return config;
    }

    private static void WriteOnnx(DeployFolder folder, Model model, TritonOptions options, int maxBatch, string name)
    {
        Graph graph = model.Graph;
        ModelConfig config = Config(name, maxBatch,
            graph.Inputs.Where(v => !v.IsConstant).Select(v => (v, v.Name)), graph.Outputs.Select(v => (v, v.Name)));
        config.Backend = "onnxruntime";
        foreach (ModelInput input in config.Input)
            input.Optional = graph.Inputs.Any(v => v.Name == input.Name && graph.Defaults.ContainsKey(v));
        Schedule(config, options, maxBatch, options.FallbackOnGpu ? ModelInstanceGroup.Types.Kind.Gpu : ModelInstanceGroup.Types.Kind.Cpu);
        folder.Write(ProtobufText.Print(config), "config.pbtxt");
        // More than a protobuf holds: weights lie beside the model, and Triton takes a folder in place of the file.
        bool isLarge = graph.Constants.Sum(c => c.Data?.ByteCount ?? 0) > int.MaxValue - (64 << 20);
        string path = isLarge ? folder.PathOf(Version(options), "model.onnx", "model.onnx") : folder.PathOf(Version(options), "model.onnx");
        OnnxWriter.Write(model, path, new OnnxWriteOptions { Weights = isLarge ? WeightPlace.Beside : WeightPlace.Auto });
    }

    private static void WriteEngine(
        DeployFolder folder, CompiledModel compiled, TrtNode group, TritonOptions options, int maxBatch, string name)
    {
        ModelConfig config = Config(name, maxBatch,
            group.Segment.Inputs.Select((v, i) => (v, group.InputName(i))).Where(v => IsBound(v.v)),
            group.Segment.Outputs.Select((v, i) => (v, group.OutputName(i))));
        config.Platform = "tensorrt_plan";
        // Of two engines for one kind of GPU, the newest release counts: a server has one release.
        foreach (EngineBlob engine in group.Engines.OrderBy(e => e.Target.TensorRt.Major).ThenBy(e => e.Target.TensorRt.Minor))
        {
            string file = $"model.sm{engine.Target.ComputeCapability.Replace(".", "", StringComparison.Ordinal)}.plan";
            ReadOnlyMemory<byte> bytes = engine.Read(compiled.Model.Folder, out string? fault)
                ?? throw CompiledModelCodes.UnusableEngine.Error($"TrtNode_{group.Id}", fault!);
            AtomicFile.Write(folder.PathOf(Version(options), file), stream => stream.Write(bytes.Span));
            config.CcModelFilenames[engine.Target.ComputeCapability] = file;
            config.DefaultModelFilename = file;
        }
        Schedule(config, options, maxBatch, ModelInstanceGroup.Types.Kind.Gpu);
        config.InstanceGroup[0].Profile.Add("0");
        config.Optimization = new() { Cuda = new() { Graphs = true } };
        folder.Write(ProtobufText.Print(config), "config.pbtxt");
    }

    /// <summary>Whether an engine binds a value: what shape arithmetic knows is a constant of the engine.</summary>
    private static bool IsBound(Value value) => KnownElements.Of(value) is null;

    private static ModelConfig Config(string name, int maxBatch, IEnumerable<(Value Value, string Name)> inputs,
        IEnumerable<(Value Value, string Name)> outputs) => new()
        {
            Name = name,
            MaxBatchSize = maxBatch,
            Input = { inputs.Select(i => TritonTensor.Of(i.Value, i.Name, maxBatch > 0).Input()) },
            Output = { outputs.Select(o => TritonTensor.Of(o.Value, o.Name, maxBatch > 0).Output()) },
        };

    /// <summary>Instances, batching, and a warm-up where all sizes are known.</summary>
    private static void Schedule(ModelConfig config, TritonOptions options, int maxBatch, ModelInstanceGroup.Types.Kind kind)
    {
        config.InstanceGroup.Add(new ModelInstanceGroup { Count = options.Instances, Kind = kind });
        if (maxBatch > 0) config.DynamicBatching = new()
        {
            PreferredBatchSize = { options.PreferredBatchSizes.Where(s => s <= maxBatch) },
            MaxQueueDelayMicroseconds = (ulong)options.MaxQueueDelayMicroseconds,
        };
        if (config.Input.Count == 0 || config.Input.Any(i => i.Dims.Contains(-1) || i.DataType == DataType.TypeString)) return;
        var warmUp = new ModelWarmup { Name = "zeros", BatchSize = maxBatch > 0 ? 1u : 0u };
        foreach (ModelInput input in config.Input)
            warmUp.Inputs.Add(input.Name, new() { DataType = input.DataType, Dims = { input.Dims }, ZeroData = true });
        config.ModelWarmup.Add(warmUp);
    }

    private static string Version(TritonOptions options) => options.Version.ToString(CultureInfo.InvariantCulture);
}
