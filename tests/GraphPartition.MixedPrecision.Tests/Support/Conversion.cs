using GraphPartition.Compiler.Import.Opsets;
using GraphPartition.Compiler.Passes;
using GraphPartition.Compiler.Passes.Infrastructure;
using GraphPartition.Compiler.Planning.Constraints;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Text;
using GraphPartition.MixedPrecision.Emulation;
using GraphPartition.MixedPrecision.Options;
using GraphPartition.MixedPrecision.Reports;
using GraphPartition.Onnx.Reading;
using GraphPartition.Onnx.Writing;
using GraphPartition.Operators;
using GraphPartition.Operators.Definitions;
using GraphPartition.Operators.Schemas;
using GraphPartition.Runtime.Ort;
using Microsoft.ML.OnnxRuntime;
using Xunit;

namespace GraphPartition.MixedPrecision.Tests.Support;

/// <summary>A conversion, with the checks that hold for every model.</summary>
internal sealed class Conversion
{
    private Conversion(Model before, ConvertedModel converted, PrecisionOptions options) =>
        (Before, Model, Report, Options) = (before, converted.Model, converted.Report, options);

    public Model Before { get; }

    public Model Model { get; }

    public PrecisionReport Report { get; }

    public PrecisionOptions Options { get; }

    /// <summary>The converted graph in text form.</summary>
    public string Text => GraphPrinter.Print(Model.Graph);

    /// <summary>The reason why a node stays in FP32; null where it does not.</summary>
    public string? ReasonOf(string node) => Report.Kept.FirstOrDefault(k => k.Node == node)?.Reason;

    public static Conversion Of(Model model, LowFormat format, bool io = false, params string[] keep)
    {
        var options = new PrecisionOptions(format)
        {
            ConvertsInterface = io,
            KeepFull = [.. keep.Select(k => NodeSelector.Parse(k, $"--keep-fp32 {k}"))],
        };
        return new(model, MixedPrecisionConverter.Convert(model, OperatorTable.Default, options), options);
    }

    /// <summary>Converts a graph in text form to FP16 and checks the result.</summary>
    public static Conversion Of(string text, bool io = false, params string[] keep) => Checked(text, LowFormat.Fp16, io, keep);

    public static Conversion Checked(string text, LowFormat format, bool io = false, params string[] keep)
    {
        Conversion conversion = Of(Parse(text), format, io, keep);
        Assert.Null(conversion.Fault());
        return conversion;
    }

    public static Model Parse(string text)
    {
        var scope = new BuildScope();
        Graph graph = GraphParser.ParseGraph(text, OperatorTable.Default, scope);
        Assert.Empty(scope.Diagnostics);
        return new Model(graph)
        {
            Opsets = OpsetVersions.Standard(OperatorSchemas.CanonicalOpset),
            SourceOpset = 13,
            FormatVersion = 8,
        };
    }

    /// <summary>A model after the passes that come before a conversion.</summary>
    public static Model Simplified(Model model, string passes = "standard")
    {
        var context = new PassContext(model, OperatorTable.Default) { Evaluator = new OrtConstantEvaluator() };
        return model with { Graph = new PassRunner(context).Run(Pipeline.Parse(passes), model.Graph) };
    }

    /// <summary>What is wrong with the structure or in ONNX Runtime; null where nothing is.</summary>
    public string? Fault() => CastStructure.Fault(Before, Model, Options) ?? OrtFault(Model);

    /// <summary>The emulation of the converted model.</summary>
    public Model Emulated => Emulator.Emulate(Model, OperatorTable.Default);

    /// <summary>Runs a model in plain ONNX Runtime.</summary>
    public static DataValue[] Run(Model model, IReadOnlyDictionary<string, DataValue> inputs) =>
        TestRun.RunPlain(OnnxWriter.ToBytes(OpsetExport.Lowest(model)), inputs, optimize: false);

    /// <summary>What ONNX Runtime objects to. A missing kernel is no objection: it is found after all types were checked.</summary>
    public static string? OrtFault(Model model)
    {
        byte[] bytes = OnnxWriter.ToBytes(OpsetExport.Lowest(model));
        using SessionOptions options = OrtSessionFactory.ForReference(new() { Optimize = false, Threads = 1 });
        try
        {
            using var session = new InferenceSession(bytes, options);
            return null;
        }
        catch (OnnxRuntimeException e)
        {
            return e.Message.Contains("ErrorCode:NotImplemented", StringComparison.Ordinal) ? null : e.Message.ReplaceLineEndings(" ");
        }
    }
}
