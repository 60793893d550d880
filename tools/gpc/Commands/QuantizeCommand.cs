using System.CommandLine;
using System.Globalization;
using GraphPartition.Compiler.Planning.Constraints;
using GraphPartition.Gpc.Options;
using GraphPartition.Gpc.Requests;
using GraphPartition.Gpc.Services;
using GraphPartition.Gpc.Views;
using GraphPartition.MixedPrecision.Budgets;
using GraphPartition.MixedPrecision.Options;
using GraphPartition.Operators.Definitions;
using GraphPartition.Quantization.Options;

namespace GraphPartition.Gpc.Commands;

/// <summary><c>gpc quantize MODEL --calibration-data DIR -o OUT.onnx</c>: writes the model with calibrated Q/DQ pairs.</summary>
internal static class QuantizeCommand
{
    private const string None = "dynamic-off";

    public static Command Create()
    {
        var command = new GpcCommand("quantize", "Writes a model with QuantizeLinear and DequantizeLinear, placed so that engines stay whole.");
        var model = new ModelArguments(command);
        Option<string> format = OptionOf.Choice("--format", "int8 and fp8: activations and weights. int4-weights: weights of products in "
            + "blocks. dynamic-off: only take quantization out of the model.", [.. QuantizationFormat.All.Select(f => f.Name), None]);
        var method = new Option<string>("--method")
        {
            Description = "How scales follow from samples: max, percentile[:P], mse, entropy, or auto: what measures best at the outputs.",
            HelpName = "METHOD",
            DefaultValueFactory = _ => "auto",
        };
        method.Validators.Add(result =>
        {
            if (MethodsOf(result.GetValueOrDefault<string>()) is null) result.AddError($"{method.Name} is max, percentile[:P], mse, entropy or auto");
        });
        var output = new Option<string>("--output", "-o") { Description = "The file to write.", HelpName = "OUT.onnx", Required = true };
        Option<string> rest = OptionOf.Choice("--rest", "What everything else computes in; fp16 needs opset 19.", "fp32", "fp16");
        Option<string> layers = OptionOf.Choice("--layers", "gaining: layers that become faster. all: small ones too.", "gaining", "all");
        Option<string> weights = OptionOf.Choice("--weights", "One scale for each channel of a weight, or one for a weight.",
            "per-channel", "per-tensor");
        var block = OptionOf.Number("--block", "N", "The numbers of a weight that share a scale, for int4-weights.", 16, 128);
        var keep = new Option<string[]>("--keep")
        {
            Description = "Keep layers as they are: a name, a pattern with * and ?, op:NAME or domain:NAME. It may be given several times.",
            HelpName = "SELECTOR",
        };
        var budget = new Option<string[]>("--budget")
        {
            Description = "Keep the fewest layers unquantized that are needed so that outputs have sqnr:DB, cosine:C, top1:SHARE or max:ERROR.",
            HelpName = "[OUTPUT=]METRIC:LIMIT",
        };
        var cache = new Option<string?>("--calibration-cache") { Description = "A calibration cache of TensorRT with scales.", HelpName = "FILE" };
        var written = new Option<string?>("--write-cache") { Description = "Write the scales as a calibration cache of TensorRT.", HelpName = "FILE" };
        var state = new Option<string?>("--state")
        {
            Description = "Keep the state of the calibration in this file. A calibration that was stopped continues from it.",
            HelpName = "FILE",
        };
        var measurements = new Option<string?>("--measurements")
        {
            Description = "Keep what is measured in this file. A search that was stopped continues from it.",
            HelpName = "FILE",
        };
        Option<int> measured = OptionOf.Number("--measured-samples", "N",
            "The most samples that choices are measured on; a calibration takes all.", 1, 16);
        var replace = new Option<bool>("--replace") { Description = "Remove the quantization that the model has, then quantize it again." };
        command.Add(OptionGroup.Common, format, method, output, rest, layers, weights, block, keep, cache, written, state, measurements,
            measured, replace);
        var samples = new SampleArguments(command);
        command.Add(OptionGroup.Common, budget);
        OptionOf.Refuse(command, result => samples.AreGiven(result) ? null : "without --test-data or --calibration-data",
            budget, state, measurements, measured);
        command.SetAction(parsed =>
        {
            QuantizationFormat? wanted = QuantizationFormat.All.FirstOrDefault(f => f.Name == parsed.GetRequiredValue(format));
            var request = new QuantizeRequest(
                model.Request(parsed),
                wanted is null ? null : new QuantizationOptions(wanted)
                {
                    Methods = MethodsFor(wanted, parsed.GetRequiredValue(method)),
                    PerChannel = parsed.GetRequiredValue(weights) == "per-channel",
                    SmallLayers = parsed.GetRequiredValue(layers) == "all",
                    Block = parsed.GetValue(block),
                    Keep = [.. (parsed.GetValue(keep) ?? []).Select(text => NodeSelector.Parse(text, $"--keep {text}"))],
                },
                parsed.GetRequiredValue(output), samples.Request(parsed))
            {
                Budgets = [.. (parsed.GetValue(budget) ?? []).Select(text => AccuracyBudget.Parse(text, $"--budget {text}"))],
                Rest = parsed.GetRequiredValue(rest) == "fp16" ? new PrecisionOptions(LowFormat.Fp16) : null,
                Cache = parsed.GetValue(cache),
                WrittenCache = parsed.GetValue(written),
                State = parsed.GetValue(state),
                Measurements = parsed.GetValue(measurements),
                MeasuredSamples = parsed.GetValue(measured),
                Replaces = parsed.GetValue(replace) || wanted is null,
            };
            using var interrupt = new Interrupt();
            QuantizationResult result = Stages.Show(6,
                (stage, progress) => new QuantizationService(request, stage, progress, interrupt.Token).Run());
            if (model.Json(parsed)) JsonOutput.Print(QuantizationView.ToJson(request, result));
            else QuantizationView.Write(request, result);
            return (int)ExitCode.Ok;
        });
        return command;
    }

    private static CalibrationMethod[]? MethodsOf(string? text) => text?.Split(':') switch
    {
        ["auto"] => [.. CalibrationMethod.Candidates],
        ["max"] => [CalibrationMethod.Max],
        ["mse"] => [CalibrationMethod.Mse],
        ["entropy"] => [CalibrationMethod.Entropy],
        ["percentile"] => [CalibrationMethod.Percentile],
        ["percentile", var p] when double.TryParse(p, NumberStyles.Float, CultureInfo.InvariantCulture, out double percent)
            && percent is > 0 and <= 100 => [new(CalibrationKind.Percentile, percent)],
        _ => null,
    };

    /// <exception cref="Foundation.ModelException">GP3213: FP8 with another method than max.</exception>
    private static System.Collections.Immutable.ImmutableArray<CalibrationMethod> MethodsFor(QuantizationFormat format, string text)
    {
        if (format == QuantizationFormat.Int8) return [.. MethodsOf(text)!];
        return text is "auto" or "max" ? [CalibrationMethod.Max]
            : throw Quantization.Diagnostics.QuantizationCodes.MethodUnfit.Error($"--method {text}", $"--format {format.Name}");
    }
}
