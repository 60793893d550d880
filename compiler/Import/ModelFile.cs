using GraphPartition.Compiler.Operators;
using GraphPartition.Compiler.Opsets;
using GraphPartition.Ir;
using GraphPartition.MindIr;
using GraphPartition.Onnx;

namespace GraphPartition.Compiler;

/// <summary>Reads models of every format that is known, recognised by their content, and writes ONNX.</summary>
public static class ModelFile
{
    /// <summary>Reads a model; types are inferred and opsets normalised while it is read.</summary>
    /// <param name="path">The file.</param>
    /// <param name="operators">What is known of operators.</param>
    /// <param name="mindIrKey">The key of an encrypted MindIR file.</param>
    /// <exception cref="ModelException">Everything that is wrong with the file (GP1xxx, GP2xxx).</exception>
    public static Model Read(string path, IOperatorRules operators, ReadOnlyMemory<byte> mindIrKey = default) => MindIrReader.Recognises(path)
        ? Canonical(MindIrReader.Read(path, new MindIrReadOptions { Rules = operators, Key = mindIrKey }))
        : OnnxReader.Read(path, new OnnxReadOptions { Rules = operators, Normalizer = OpsetNormalizer.Instance });

    /// <summary>
    /// Writes a model as an ONNX file, which appears only when it is complete, in the lowest opset from the source's on that
    /// can say everything (<see cref="OpsetExport.Lowest"/>).
    /// </summary>
    /// <exception cref="EnvironmentException">The file cannot be written (GP5005).</exception>
    public static void Write(Model model, string path) => OnnxWriter.Write(OpsetExport.Lowest(model), path);

    /// <summary>MindIR is said in forms that mean the same in the canonical opset, so only the number changes.</summary>
    private static Model Canonical(Model model) => model with { Opsets = model.Opsets.SetItem("", OperatorSchemas.CanonicalOpset) };
}
