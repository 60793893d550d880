using GraphPartition.CompiledModels;
using GraphPartition.Compiler.Import.Opsets;
using GraphPartition.MindIr;
using GraphPartition.Onnx.Reading;
using GraphPartition.Onnx.Writing;
using GraphPartition.Operators;
using GraphPartition.Operators.Schemas;
using GraphPartition.Operators.Solving;

namespace GraphPartition.Compiler.Import;

/// <summary>Reads models of every format that is known, recognized by their content, and writes ONNX.</summary>
public static class ModelFile
{
    /// <summary>
    /// Reads an ONNX or MindIR model. Opsets are normalized and types inferred while it is read; types that stay open are solved from
    /// their uses.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="operators">What is known of operators.</param>
    /// <param name="mindIrKey">The key of an encrypted MindIR file; empty: none.</param>
    /// <param name="keepFunctions">Functions of an ONNX model whose calls stay nodes, for instance because TensorRT has a plugin of that
    /// name; ONNX Runtime executes the function. Null: all calls are expanded.</param>
    /// <exception cref="ModelException">Everything that is wrong with the file (GP1xxx, GP2xxx).</exception>
    public static Model Read(string path, OperatorTable operators, ReadOnlyMemory<byte> mindIrKey = default,
        IReadOnlyCollection<OpName>? keepFunctions = null)
    {
        Model model = ReadFile(path, operators, mindIrKey, keepFunctions);
        return model with { Graph = TypeSolver.SolveNew(model.Graph, operators).OrThrow() };
    }

    private static Model ReadFile(
        string path, OperatorTable operators, ReadOnlyMemory<byte> mindIrKey, IReadOnlyCollection<OpName>? keepFunctions)
    {
        if (!MindIrReader.Recognizes(path))
            return OnnxReader.Read(path, new OnnxReadOptions
            {
                Rules = operators,
                Normalizer = OpsetNormalizer.Instance,
                KeepFunctionsOf = CompiledModelFormat.Domain,
                KeepFunctions = keepFunctions ?? [],
                KeptFunctionsKey = CompiledModelFormat.FunctionsKey,
            });

        // The reader uses forms that mean the same from its opset on, so the model is canonical as it is.
        Model model = MindIrReader.Read(path, new MindIrReadOptions { Rules = operators, Key = mindIrKey });
        return model with { Opsets = model.Opsets.SetItem("", OperatorSchemas.CanonicalOpset), SourceOpset = MindIrReader.Opset };
    }

    /// <summary>
    /// Writes a model as an ONNX file, which appears only when it is complete, in the lowest opset from the source's on that
    /// can say everything (<see cref="OpsetExport.Lowest"/>).
    /// </summary>
    /// <exception cref="EnvironmentException">The file cannot be written (GP5005).</exception>
    public static void Write(Model model, string path) => OnnxWriter.Write(OpsetExport.Lowest(model), path);
}
