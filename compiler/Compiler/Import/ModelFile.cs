using GraphPartition.Compiler.Import.Opsets;
using GraphPartition.Onnx.Writing;
using GraphPartition.Operators;
using GraphPartition.Operators.Solving;

namespace GraphPartition.Compiler.Import;

/// <summary>Reads models of every format that is known, recognized by their content, and writes ONNX.</summary>
public static class ModelFile
{
    /// <summary>
    /// Reads a model of any <see cref="ModelFormat"/>. Opsets are normalized and types inferred while it is read; types that stay open
    /// are solved from their uses.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="operators">What is known of operators.</param>
    /// <param name="key">The key of an encrypted file; empty: none.</param>
    /// <param name="keepFunctions">Functions of an ONNX model whose calls stay nodes, for instance because TensorRT has a plugin of that
    /// name; ONNX Runtime executes the function. Null: all calls are expanded.</param>
    /// <exception cref="ModelException">Everything that is wrong with the file (GP1xxx, GP2xxx).</exception>
    public static Model Read(string path, OperatorTable operators, ReadOnlyMemory<byte> key = default,
        IReadOnlyCollection<OpName>? keepFunctions = null)
    {
        Model model = ModelFormat.Of(path).Read(path, operators, key, keepFunctions ?? []);
        return model with { Graph = TypeSolver.SolveNew(model.Graph, operators).OrThrow() };
    }

    /// <summary>
    /// Writes a model as an ONNX file, which appears only when it is complete, in the lowest opset from the source's on that
    /// can say everything (<see cref="OpsetExport.Lowest"/>).
    /// </summary>
    /// <exception cref="EnvironmentException">The file cannot be written (GP5005).</exception>
    public static void Write(Model model, string path) => OnnxWriter.Write(OpsetExport.Lowest(model), path);
}
