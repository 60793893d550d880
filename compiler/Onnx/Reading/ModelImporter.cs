namespace GraphPartition.Onnx.Reading;

/// <summary>ModelProto to <see cref="Model"/>.</summary>
internal sealed class ModelImporter(ImportContext context)
{
    /// <summary>The model; faults are in the context. Throws <see cref="WireException"/> where the bytes are not protobuf.</summary>
    public Model? Import(ReadOnlyMemory<byte> bytes)
    {
        long format = 0, modelVersion = 0;
        string producer = "", producerVersion = "", domain = "";
        var metadata = new MetadataBuilder();
        var opsets = ImmutableSortedDictionary.CreateBuilder<string, int>(StringComparer.Ordinal);
        var functions = new List<FunctionSource>();
        var training = ImmutableArray.CreateBuilder<ReadOnlyMemory<byte>>();
        ReadOnlyMemory<byte>? graph = null;
        var reader = new WireReader(bytes);
        while (reader.Next())
            switch (reader.Field)
            {
                case Proto.ModelProto.IrVersionFieldNumber: format = reader.Int64(); break;
                case Proto.ModelProto.ProducerNameFieldNumber: producer = reader.Text(); break;
                case Proto.ModelProto.ProducerVersionFieldNumber: producerVersion = reader.Text(); break;
                case Proto.ModelProto.DomainFieldNumber: domain = reader.Text(); break;
                case Proto.ModelProto.ModelVersionFieldNumber: modelVersion = reader.Int64(); break;
                case Proto.ModelProto.DocStringFieldNumber: metadata.Doc(reader.Text()); break;
                case Proto.ModelProto.MetadataPropsFieldNumber: metadata.Add(reader.Bytes()); break;
                case Proto.ModelProto.OpsetImportFieldNumber: Entries.AddOpset(opsets, reader.Bytes()); break;
                case Proto.ModelProto.FunctionsFieldNumber: functions.Add(FunctionSource.Decode(reader.Bytes())); break;
                case Proto.ModelProto.TrainingInfoFieldNumber: training.Add(reader.Bytes()); break;
                case Proto.ModelProto.ConfigurationFieldNumber:
                    reader.Skip();
                    context.IsDistributed = true;
                    break;
                case Proto.ModelProto.GraphFieldNumber when graph is null: graph = reader.Bytes(); break;
                case Proto.ModelProto.GraphFieldNumber: throw new WireException("the model has two graphs");
                default: reader.Skip(); break;
            }
        if (graph is null) throw new WireException("no graph is in it");

        CheckOpset(opsets, "the model");
        foreach (FunctionSource function in functions)
        {
            CheckOpset(function.Opsets, $"function {function.Name}");
            if (!context.Functions.TryAdd(function.Name, function))
                context.Report(ModelCodes.DefinedTwice, $"function {function.Name}", "two functions have the same name");
        }
        Metadata? ofModel = metadata.ToMetadata();
        ChooseKept(ofModel);
        if (context.HasErrors) return null;

        context.Opsets = opsets.ToImmutable();
        var graphs = new GraphImporter(context) { FreeInitializers = format is 0 or >= OnnxVersions.FreeInitializersSince };
        Graph main = graphs.ImportMain(graph.Value);
        var kept = ImmutableArray.CreateBuilder<Function>();
        foreach (FunctionSource function in functions)
            if (context.Keeps(function.Name)) kept.Add(graphs.ImportFunction(function));
        CheckRecursion(kept);
        Warn();
        return new Model(main)
        {
            Functions = kept.ToImmutable(),
            Opsets = graphs.Canonical(context.Opsets),
            SourceOpset = context.Opsets.GetValueOrDefault(""),
            FormatVersion = (int)Math.Clamp(format, 0, int.MaxValue),
            ProducerName = producer,
            ProducerVersion = producerVersion,
            Domain = domain,
            ModelVersion = modelVersion,
            Metadata = ofModel ?? new("", []),
            Training = training.ToImmutable(),
        };
    }

    /// <summary>Reports what reading changed or left out.</summary>
    private void Warn()
    {
        if (context.IsDistributed) context.Scope.Report(OnnxCodes.DeviceConfigurations.At("the model",
            "it distributes its nodes over several devices; this information is dropped"));
        if (context.SortedGraphs > 0)
            context.Scope.Report(OnnxCodes.NotSorted.At("the model", context.SortedGraphs == 1
                ? "the nodes of one graph were not in topological order; they were sorted"
                : $"the nodes of {context.SortedGraphs} graphs, bodies or functions were not in topological order; they were sorted"));
        if (context.SameNames is ( > 0 and var same, var name))
            context.Scope.Report(OnnxCodes.SameNodeNames.At("the model", same == 1
                ? $"two nodes of a graph are named '{name}'" : $"{same} nodes have the name of an earlier node of their graph, first '{name}'"));
    }

    /// <summary>The functions to keep: those of the options, which the model must have, and those that the model lists itself.</summary>
    private void ChooseKept(Metadata? metadata)
    {
        HashSet<OpName> names = [.. context.Functions.Keys.Select(f => f.WithoutOverload)];
        foreach (OpName name in context.Options.KeepFunctions)
            if (!names.Contains(name))
                context.Report(OnnxCodes.UnknownFunction, name.ToString(),
                    names.Count == 0 ? "the model has no functions" : $"the model has the functions {string.Join(", ", names)}");
        IEnumerable<string> listed = context.Options.KeptFunctionsKey is { } key
            ? metadata?.Properties.Where(p => p.Key == key).SelectMany(p => p.Value.Split('\n')) ?? [] : [];
        context.Kept.UnionWith(context.Options.KeepFunctions.Concat(names.Where(n => listed.Contains(n.ToString()))));
    }

    private void CheckOpset(IReadOnlyDictionary<string, int> opsets, string where)
    {
        if (!opsets.TryGetValue("", out int version)) return; // reported at the first node with a standard operator
        if (version > OnnxVersions.NewestOpset)
            context.Scope.Report(OnnxCodes.NewerOpset.At(where,
                $"it uses version {version} of the standard operators; they are read as version {OnnxVersions.NewestOpset} has them"));
        if (version < OnnxVersions.OldestOpset)
            context.Report(OnnxCodes.UnsupportedOpset, where,
                $"it uses version {version} of the standard operators; "
                + $"this tool knows them from {OnnxVersions.OldestOpset} on");
    }

    /// <summary>Functions that are kept must not call each other in a circle either.</summary>
    private void CheckRecursion(IReadOnlyList<Function> functions)
    {
        var byName = new Dictionary<OpName, Function>();
        foreach (Function f in functions) byName.TryAdd(f.Name, f);
        var done = new HashSet<Function>();
        foreach (Function f in functions) Visit(f, []);

        void Visit(Function function, HashSet<Function> around)
        {
            if (done.Contains(function)) return;
            if (!around.Add(function) || around.Count > ImportContext.MaxDepth)
            {
                context.Report(ModelCodes.TooDeep, $"function {function.Name}", "it calls itself, or calls are nested too deep");
                return;
            }
            foreach (OpName op in Calls(function.Body))
                if (byName.TryGetValue(op, out Function? callee)) Visit(callee, around);
            around.Remove(function);
            done.Add(function);
        }

        static IEnumerable<OpName> Calls(Graph graph) =>
            graph.Nodes.SelectMany(n => n.Attributes.Bodies().SelectMany(Calls).Append(n.Op));
    }
}
