using System.Collections.Immutable;
using GraphPartition.CompiledModels;
using GraphPartition.Compiler.Import;
using GraphPartition.Compiler.Import.Opsets;
using GraphPartition.Foundation;
using GraphPartition.Gpc.Inputs;
using GraphPartition.Gpc.Requests;
using GraphPartition.Ir.Graphs;
using GraphPartition.MixedPrecision;
using GraphPartition.MixedPrecision.Diagnostics;
using GraphPartition.MixedPrecision.Emulation;
using GraphPartition.MixedPrecision.Reports;
using GraphPartition.Onnx.TestData;
using GraphPartition.Onnx.Writing;
using GraphPartition.Operators;
using GraphPartition.Runtime.Options;
using GraphPartition.Runtime.Ort;

namespace GraphPartition.Gpc.Services;

/// <summary>A conversion that was written.</summary>
/// <param name="Report">What was done.</param>
/// <param name="Opset">The opset of the file.</param>
/// <param name="Check">What ONNX Runtime found.</param>
/// <param name="Outputs">Each output, compared on the test data; empty where there are none.</param>
internal sealed record ConversionResult(PrecisionReport Report, int Opset, Verdict Check, ImmutableArray<OutputQuality> Outputs);

/// <summary>Converts a model to FP16 or BF16.</summary>
/// <param name="request">What to convert.</param>
/// <param name="stage">Receives the name of the current stage.</param>
internal sealed class ConversionService(ConvertRequest request, Action<string> stage)
{
    private const long LargestInMemory = 1L << 30;

    /// <summary>Converts the model, lets ONNX Runtime check its types, and writes it.</summary>
    /// <exception cref="ModelException">The model or an option is wrong.</exception>
    public ConversionResult Run()
    {
        OutputFile.Check([("--output", request.Output)], request.Model.Path);
        var service = new ModelService(request.Model, stage);
        (CustomOperators custom, OperatorTable operators) = (service.CustomOperators, service.Operators);
        Model read = service.Read();
        OutputFile.CheckWeights(request.Output, read);
        Model model = CompiledModelFormat.IsCompiled(read) ? CompiledModelFormat.Read(read).Model : read;
        Model simple = service.Simplify(read).Model;
        stage($"converting to {request.Precision.Format.Name}");
        ConvertedModel converted = MixedPrecisionConverter.Convert(simple, operators, request.Precision);
        ModelReader.Warn(converted.Report.Warnings);
        Model lowered = OpsetExport.Lowest(converted.Model);
        ImmutableArray<OutputQuality> qualities = request.TestData is { } data
            ? Compare(model, converted.Model, operators, custom, data) : [];
        stage("checking with ONNX Runtime");
        bool inMemory = lowered.Graph.Constants.Sum(c => c.Data!.ByteCount) < LargestInMemory;
        Verdict check = Verdict.Yes;
        if (inMemory) check = VerdictOf(OrtModelCheck.Of(OnnxWriter.ToBytes(lowered), custom), request.Output);
        stage("writing");
        ModelFile.Write(lowered, request.Output);
        if (!inMemory)
        {
            OrtRefusal? refusal = OrtModelCheck.Of(request.Output, custom);
            if (refusal is { LacksKernel: false }) WrittenFile.Remove(request.Output);
            check = VerdictOf(refusal, request.Output);
        }
        return new(converted.Report, lowered.Opsets.GetValueOrDefault("", 0), check, qualities);
    }

    /// <summary>Yes: ONNX Runtime's CPU runs the model. No: its types are right, but the CPU has no kernel for a node.</summary>
    /// <exception cref="ModelException">GP3105: the model is not valid.</exception>
    private static Verdict VerdictOf(OrtRefusal? refusal, string path)
    {
        if (refusal is null) return Verdict.Yes;
        string message = refusal.Message.ReplaceLineEndings(" ");
        return refusal.LacksKernel ? Verdict.No(message, "kernel") : throw PrecisionCodes.Refused.Error(path, message);
    }

    /// <summary>The outputs of the FP32 model as it was read, compared with those of the emulated conversion.</summary>
    private ImmutableArray<OutputQuality> Compare(
        Model model, Model converted, OperatorTable operators, CustomOperators custom, string data)
    {
        stage("comparing with the FP32 model");
        using FeedSet feeds = FeedSet.Of(TestDataSet.Read(data, model.Graph), model.Graph);
        var options = new ModelSessionOptions { CustomOperators = custom, Optimize = false };
        return OutputQuality.Compare(model, Emulator.Emulate(converted, operators), feeds, options);
    }
}
