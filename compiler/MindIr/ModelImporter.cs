using Google.Protobuf;
using GraphPartition.Ir.Types;
using GraphPartition.MindIr.Evaluate;

namespace GraphPartition.MindIr;

/// <summary>The whole import of one file: parse, check, take the inputs, evaluate the results, name them.</summary>
internal sealed class ModelImporter(ImportContext context, string path, bool encrypted)
{
    private const int NewestVersion = 3;

    private readonly HashSet<string> _named = [];

    /// <summary>The model, or null where faults were reported. Throws <see cref="ImportFault"/> where nothing can be read at all.</summary>
    public Model? Import(ReadOnlyMemory<byte> bytes)
    {
        ModelProto proto = Parse(bytes);
        Check(proto);
        if (proto.Graph.BpropHash.Length > 0) // networks have the field too, but empty
            context.Report(MindIrCodes.TrainingConstruct, $"graph '{proto.Graph.Name}'",
                "it is not a network but the definition of a gradient, for MindSpore's own differentiation");
        var tensors = new TensorDecoder(context.Weights, encrypted);
        var source = new ModelSource(proto, context, new ConstantDecoder(tensors));
        new SplitWeights(context, path, encrypted).AddTo(source.Main);

        var frame = new Frame(source.Main, null, null, context.Root);
        foreach (ValueInfoProto input in source.Main.Proto.Input) frame.Values[input.Name] = Input(input);
        var results = new List<Value>();
        Collect(new Evaluator(source, context).Results(frame), results);
        if (context.HasErrors) return null;

        context.Root.Name = source.Main.Name;
        return new Model(Finishing.Finish(context.Root.Build([.. results])))
        {
            SourceOpset = MindIrReader.Opset,
            Opsets = OpsetVersions.Standard(MindIrReader.Opset),
            ProducerName = proto.ProducerName,
            ProducerVersion = proto.ModelVersion, // the release of MindSpore; the producer's own version is never written
        };
    }

    /// <summary>The parsed file. Throws <see cref="ImportFault"/>.</summary>
    public static ModelProto Parse(ReadOnlyMemory<byte> bytes)
    {
        if (bytes.IsEmpty) throw new ImportFault(MindIrCodes.NotMindIr, "the file is empty");
        if (bytes.Length >= 8 && bytes.Span[4..8].SequenceEqual("MSL2"u8))
            throw new ImportFault(MindIrCodes.NotMindIr, "it is a model of MindSpore Lite (.ms), which has another format");
        ModelProto proto;
        try
        {
            proto = ModelProto.Parser.WithDiscardUnknownFields(true).ParseFrom(bytes.Span);
        }
        catch (InvalidProtocolBufferException e)
        {
            throw new ImportFault(MindIrCodes.NotMindIr, $"it cannot be parsed: {e.Message}");
        }
        if (proto.Graph is null) throw new ImportFault(MindIrCodes.NotMindIr, "it has no graph");
        return proto;
    }

    private static void Check(ModelProto proto)
    {
        if (proto.MindIrVersion is < 0 or > NewestVersion)
            throw new ImportFault(MindIrCodes.UnsupportedMindIr,
                $"it has the MindIR version {proto.MindIrVersion}; versions up to {NewestVersion} are known");
        if (proto.HasLittleEndian && !proto.LittleEndian)
            throw new ImportFault(MindIrCodes.UnsupportedMindIr, "its weights are big-endian");
        if (proto.Parallel?.Layout.Count > 0)
            throw new ImportFault(MindIrCodes.UnsupportedMindIr,
                $"it is one part of a distributed network, with {proto.Parallel.Layout.Count} weights cut to pieces");
        if (proto.Graph.MapParameter.Count > 0)
            throw new ImportFault(MindIrCodes.UnsupportedMindIr,
                $"it has hash tables as weights ('{proto.Graph.MapParameter[0].Name}')");
        if (proto.Graph.Output.Count == 0) throw new ImportFault(MindIrCodes.NotMindIr, "its graph has no result");
    }

    /// <summary>An input of the main graph; one that is a tuple becomes an input for each element.</summary>
    private Operand Input(ValueInfoProto input)
    {
        string name = FileNames.ForUser(input.Name);
        ImmutableArray<TensorType?> types;
        try
        {
            types = TypeDecoder.Input(input);
        }
        catch (ImportFault fault)
        {
            context.Report(fault.Code, $"input '{name}'", fault.Message);
            return FailedOperand.Instance;
        }
        if (types is [null]) return MonadOperand.Instance;
        if (types is [{ } type]) return new ComputedOperand(context.Root.Input(name, context.Scope.Shared(Named(type, name))));
        if (types.IsEmpty)
        {
            string what = input.Denotation.Length > 0 ? $"is no tensor but {input.Denotation}" : "has no type";
            context.Report(MindIrCodes.UntypedValue, $"input '{name}'", $"it {what}");
            return FailedOperand.Instance;
        }
        return new TupleOperand([.. types.Select((t, i) => t is null ? MonadOperand.Instance
            : (Operand)new ComputedOperand(context.Root.Input($"{name}.{i}", Named(t, $"{name}.{i}"))))]);
    }

    /// <summary>
    /// The file has no names for open dimensions: axis 0 of x is called "x_0", so that users can refer to it. Equal names would
    /// mean equal sizes, so an input whose name was there before has none.
    /// </summary>
    private TensorType Named(TensorType type, string input) => type.Shape is not { IsStatic: false } shape || !_named.Add(input) ? type
        : type with { Shape = new Shape([.. shape.Select((d, axis) => d.IsUnknown ? Dim.Named($"{input}_{axis}") : d)]) };

    /// <summary>The tensors of a result, in order; tuples are taken apart.</summary>
    private void Collect(Operand result, List<Value> results)
    {
        context.Count(1);
        switch (result)
        {
            case TupleOperand tuple:
                foreach (Operand item in tuple.Items) Collect(item, results);
                break;
            case ComputedOperand computed: results.Add(computed.Value); break;
            case ConstantOperand constant: results.Add(context.Constant(constant.Data, constant.Name)); break;
            case FailedOperand when !context.HasErrors: context.Report(ModelCodes.BadConstruct, "result", "it cannot be evaluated"); break;
            case MonadOperand or FailedOperand: break;
            case OpaqueOperand opaque: context.Report(opaque.Code, "result", $"it is {opaque.Kind}"); break;
            default: context.Report(MindIrCodes.UntypedValue, "result", $"it is {result.Kind}, which is not a tensor"); break;
        }
    }
}
