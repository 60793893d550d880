using GraphPartition.Compiler;
using GraphPartition.Compiler.Import;
using GraphPartition.Compiler.Passes;
using GraphPartition.Compiler.Passes.Infrastructure;
using GraphPartition.Ir.Graphs;
using GraphPartition.Onnx.Reading;
using GraphPartition.Operators;
using GraphPartition.Runtime.Ort;
using Microsoft.ML.OnnxRuntime;

namespace GraphPartition.Benchmarks;

/// <summary>The nodes that the standard passes leave, and those that ONNX Runtime's optimizer leaves at its basic level. Nodes of bodies
/// count.</summary>
/// <param name="Before">Nodes as imported.</param>
/// <param name="Ours">Nodes after our passes.</param>
/// <param name="Theirs">Nodes of the optimized model that ONNX Runtime saves.</param>
/// <param name="EnginesBefore">Engines for the default target without passes.</param>
/// <param name="EnginesAfter">Engines with passes.</param>
/// <param name="Compilation">The plan with passes.</param>
public sealed record NodeCounts(int Before, int Ours, int Theirs, int EnginesBefore, int EnginesAfter, Compilation Compilation)
{
    /// <summary>Why a model has more nodes after our passes than after ONNX Runtime's basic level, by name of the model.</summary>
    public static string? ReasonFor(string model) =>
        model.StartsWith("light_", StringComparison.Ordinal)
            ? "weights from ConstantOfShape with more than --fold-limit bytes stay expressions"
        : model == "qat_qdq" ? "QuantizeLinear of a weight stays, because TensorRT needs it; ONNX Runtime folds it"
        : null;

    /// <summary>Counts the nodes of a model file.</summary>
    public static NodeCounts Of(string path)
    {
        Model model = ModelFile.Read(path, OperatorTable.Default);
        var options = new CompileOptions { Evaluator = new OrtConstantEvaluator() };
        Compilation before = new ModelCompiler(OperatorTable.Default, options with { Passes = Pipeline.None }).Plan(model);
        Compilation after = new ModelCompiler(OperatorTable.Default, options).Plan(model);
        return new(PassReport.CountNodes(model.Graph), PassReport.CountNodes(after.Model.Graph),
            PassReport.CountNodes(OptimisedByOnnxRuntime(path)),
            Engines(before), Engines(after), after);
    }

    /// <summary>The graph that ONNX Runtime saves at its basic level.</summary>
    public static Graph OptimisedByOnnxRuntime(string path)
    {
        string optimized = Path.Combine(Path.GetTempPath(), $"ort-basic-{Guid.NewGuid():N}.onnx");
        try
        {
            using (var options = new SessionOptions
            {
                LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL,
                GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_BASIC,
                OptimizedModelFilePath = optimized,
            })
            using (new InferenceSession(path, options)) { }
            return OnnxReader.Read(optimized).Graph;
        }
        finally
        {
            File.Delete(optimized);
        }
    }

    private static int Engines(Compilation compilation) => compilation.Plan.Segments.Count(s => s.IsEngine);
}
