using GraphPartition.CompiledModels;
using GraphPartition.Compiler.Import;
using GraphPartition.Compiler.Import.Opsets;
using GraphPartition.Foundation;
using GraphPartition.Gpc.Inputs;
using GraphPartition.Gpc.Requests;
using GraphPartition.Ir.Graphs;
using GraphPartition.Onnx.Writing;
using GraphPartition.Quantization;
using GraphPartition.Quantization.Caches;
using GraphPartition.Quantization.Diagnostics;
using GraphPartition.Quantization.Replacing;
using GraphPartition.Quantization.Reports;
using GraphPartition.Quantization.Targets;
using GraphPartition.Runtime.Options;
using GraphPartition.Runtime.Ort;

namespace GraphPartition.Gpc.Services;

/// <summary>A quantization that was written.</summary>
/// <param name="Report">What was done; null: quantization was only taken out.</param>
/// <param name="Opset">The opset of the file.</param>
internal sealed record QuantizationResult(QuantizationReport? Report, int Opset);

/// <summary>Quantizes a model.</summary>
/// <param name="request">What to quantize.</param>
/// <param name="stage">Receives the name of the current stage.</param>
/// <param name="progress">Receives what a long stage does, how much of it is done, and of how much.</param>
/// <param name="cancellation">Stops the calibration.</param>
internal sealed class QuantizationService(
    QuantizeRequest request, Action<string> stage, Action<string, int, int> progress, CancellationToken cancellation)
{
    /// <summary>Quantizes the model, lets ONNX Runtime load it, and writes it.</summary>
    /// <exception cref="ModelException">The model or an option is wrong.</exception>
    /// <exception cref="OperationCanceledException">The user stopped it.</exception>
    public QuantizationResult Run()
    {
        OutputFile.Check([("--output", request.Output), ("--write-cache", request.WrittenCache), ("--state", request.State),
            ("--measurements", request.Measurements)], request.Model.Path, request.Cache);
        var service = new ModelService(request.Model, stage);
        Model read = service.Read();
        OutputFile.CheckWeights(request.Output, read);
        Model model = CompiledModelFormat.IsCompiled(read) ? CompiledModelFormat.Read(read).Model : read;
        Model simple = service.Simplify(read).Model;
        TargetCompiler target = service.TargetCompiler();
        if (request.Replaces) model = simple = Replaced(simple, service, target);
        CalibrationCache? cache = request.Cache is { } path ? CalibrationCache.Read(path) : null;
        if (request.Options is not { } options) return new(null, Write(simple, service.CustomOperators));
        using SampleSet? samples = request.Samples.IsEmpty ? null : SampleSet.Of(request.Samples, model.Graph);
        stage($"quantizing to {options.Format.Name}");
        QuantizedModel quantized = Quantizer.Run(new(model, simple, service.Operators, options)
        {
            Runner = samples?.Runner(service.CustomOperators),
            Calibration = new() { State = request.State, Cancellation = cancellation, Progress = (done, all) => progress("calibrating", done, all) },
            Cache = cache,
            Compiler = target,
            Rest = request.Rest,
            Budgets = request.Budgets,
            Device = request.Model.Constraints.Device,
            Measurements = request.Measurements,
            MeasuredSamples = request.MeasuredSamples,
            Progress = progress,
        });
        ModelReader.Warn(quantized.Report.Warnings);
        int opset = Write(quantized.Model, service.CustomOperators);
        if (request.WrittenCache is { } written) CalibrationCache.Of(quantized.Scales).Write(written);
        return new(quantized.Report, opset);
    }

    private int Write(Model model, CustomOperators custom)
    {
        Model lowered = OpsetExport.Lowest(model);
        stage("checking with ONNX Runtime");
        if (OrtModelCheck.Of(OnnxWriter.ToBytes(lowered), custom) is { LacksKernel: false } refusal)
            throw QuantizationCodes.Refused.Error(request.Output, refusal.Message.ReplaceLineEndings(" "));
        stage("writing");
        ModelFile.Write(lowered, request.Output);
        return lowered.Opsets.GetValueOrDefault("", 0);
    }

    /// <summary>The model without its quantization. What the target expresses in floats or in pairs is taken out too.</summary>
    private static Model Replaced(Model model, ModelService service, TargetCompiler target)
    {
        Model plain = Dequantizer.Run(model, service.Operators);
        if (Dequantizer.Rest(plain.Graph) is null) return plain;
        plain = Dequantizer.Run(plain with { Graph = target.Plan(plain).Graph }, service.Operators);
        return Dequantizer.Rest(plain.Graph) is not { } left ? plain
            : throw QuantizationCodes.NotReplaced.Error(model.Path ?? model.Graph.Name, $"{left} is left");
    }
}
