using GraphPartition.CompiledModels;
using GraphPartition.Compiler.Import.Opsets;
using GraphPartition.MindIr;
using GraphPartition.Onnx.Reading;
using GraphPartition.Operators;
using GraphPartition.Operators.Schemas;

namespace GraphPartition.Compiler.Import;

/// <summary>A file format of models. All that the compiler and its programs know of formats is in <see cref="All"/>.</summary>
/// <param name="Extension">How names of its files end. It decides which files of a folder are models, not how a file is read.</param>
/// <param name="IsOnnx">Whether ONNX Runtime can read the files.</param>
/// <param name="Recognizes">Whether a file has this format, by its content.</param>
/// <param name="Read">Reads a file, with the parameters of <see cref="ModelFile.Read"/>.</param>
public sealed record ModelFormat(string Extension, bool IsOnnx, Func<string, bool> Recognizes,
    Func<string, OperatorTable, ReadOnlyMemory<byte>, IReadOnlyCollection<OpName>, Model> Read)
{
    /// <summary>The formats. The first that recognizes a file reads it; ONNX is the last and takes every file.</summary>
    public static ImmutableArray<ModelFormat> All { get; } =
    [
        new(".mindir", false, MindIrReader.Recognizes, (path, operators, key, _) => Canonical(
            MindIrReader.Read(path, new MindIrReadOptions { Rules = operators, Key = key }), MindIrReader.Opset)),
        new(".onnx", true, _ => true, (path, operators, _, keepFunctions) => OnnxReader.Read(path, new OnnxReadOptions
        {
            Rules = operators,
            Normalizer = OpsetNormalizer.Instance,
            KeepFunctionsOf = CompiledModelFormat.Domain,
            KeepFunctions = keepFunctions,
            KeptFunctionsKey = CompiledModelFormat.FunctionsKey,
        })),
    ];

    /// <summary>The format of a file. A file that cannot be read counts as ONNX, whose reader reports the reason.</summary>
    public static ModelFormat Of(string path) => All.First(f => f.Recognizes(path));

    /// <summary>A model in forms that mean the same from an opset on is canonical as it is.</summary>
    private static Model Canonical(Model model, int since) =>
        model with { Opsets = model.Opsets.SetItem("", OperatorSchemas.CanonicalOpset), SourceOpset = since };
}
