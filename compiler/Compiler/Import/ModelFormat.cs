using GraphPartition.CompiledModels;
using GraphPartition.Compiler.Import.Opsets;
using GraphPartition.MindIr;
using GraphPartition.Onnx.Reading;
using GraphPartition.Operators;
using GraphPartition.Operators.Schemas;

namespace GraphPartition.Compiler.Import;

/// <summary>A file format of models. All that the compiler and its programs know of formats is in <see cref="All"/>.</summary>
public sealed class ModelFormat
{
    private readonly Func<string, bool> _recognizes;

    private ModelFormat(string extension, Func<string, bool> recognizes, Func<ModelSource, Model> read) =>
        (Extension, _recognizes, Read) = (extension, recognizes, read);

    /// <summary>The formats. The first that recognizes a file reads it; ONNX is the last and takes every file.</summary>
    public static ImmutableArray<ModelFormat> All { get; } =
    [
        new(".mindir", MindIrReader.Recognizes, ReadMindIr),
        new(".onnx", _ => true, ReadOnnx) { IsOnnx = true },
    ];

    /// <summary>How the names of its files end. It decides which files of a folder are models, not how a file is read.</summary>
    public string Extension { get; }

    /// <summary>Whether ONNX Runtime can read the files.</summary>
    public bool IsOnnx { get; private init; }

    internal Func<ModelSource, Model> Read { get; }

    /// <summary>The format of a file. A file that cannot be read counts as ONNX, whose reader reports the reason.</summary>
    public static ModelFormat Of(string path) => All.First(f => f._recognizes(path));

    private static Model ReadOnnx(ModelSource source) => OnnxReader.Read(source.Path, new OnnxReadOptions
    {
        Rules = source.Operators,
        Normalizer = OpsetNormalizer.Instance,
        KeepFunctionsOf = CompiledModelFormat.Domain,
        KeepFunctions = source.KeepFunctions,
        KeptFunctionsKey = CompiledModelFormat.FunctionsKey,
    });

    private static Model ReadMindIr(ModelSource source)
    {
        // The reader uses forms that mean the same from its opset on, so the model is canonical as it is.
        Model model = MindIrReader.Read(source.Path, new MindIrReadOptions { Rules = source.Operators, Key = source.Key });
        return model with { Opsets = model.Opsets.SetItem("", OperatorSchemas.CanonicalOpset), SourceOpset = MindIrReader.Opset };
    }
}

/// <summary>A file, and what its reader needs.</summary>
internal sealed record ModelSource(
    string Path, OperatorTable Operators, ReadOnlyMemory<byte> Key, IReadOnlyCollection<OpName> KeepFunctions);
