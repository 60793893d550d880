using System.CommandLine;
using GraphPartition.Compiler.Planning.Constraints;
using GraphPartition.Gpc.Options;
using GraphPartition.Gpc.Requests;
using GraphPartition.Gpc.Services;
using GraphPartition.Gpc.Views;
using GraphPartition.MixedPrecision.Options;
using GraphPartition.Operators.Definitions;

namespace GraphPartition.Gpc.Commands;

/// <summary><c>gpc convert MODEL --precision fp16 -o OUT.onnx</c>: writes the model with FP16 or BF16 nodes as plain ONNX.</summary>
internal static class ConvertCommand
{
    public static Command Create()
    {
        var command = new GpcCommand("convert", "Writes a model with FP16 or BF16 types as plain ONNX, and says which nodes stay in FP32.");
        var source = new SourceArguments(command);
        var passes = new PassArguments(command);
        var shapes = new ShapeArguments(command, ranges: false);
        Option<string> precision = OptionOf.Choice("--precision", "The 16-bit format.", "fp16", "bf16");
        var output = new Option<string>("--output", "-o") { Description = "The file to write.", HelpName = "OUT.onnx", Required = true };
        var io = new Option<bool>("--io-precision") { Description = "Give the format to FP32 inputs and outputs of the model too." };
        var keep = new Option<string[]>("--keep-fp32")
        {
            Description = "Keep nodes in FP32: a name, a pattern with * and ?, op:NAME or domain:NAME. It may be given several times.",
            HelpName = "SELECTOR",
        };
        var json = new Option<bool>("--json") { Description = "Print one JSON object instead of tables." };
        command.Add(OptionGroup.Common, precision, output, io, keep);
        var samples = new SampleArguments(command);
        var budget = new BudgetArguments(command, samples);
        command.Add(OptionGroup.Common, json);
        command.SetAction(parsed =>
        {
            ConvertRequest request = budget.In(parsed, new(
                shapes.In(parsed, passes.In(parsed, source.Request(parsed))),
                new PrecisionOptions(parsed.GetRequiredValue(precision) == "bf16" ? LowFormat.Bf16 : LowFormat.Fp16)
                {
                    ConvertsInterface = parsed.GetValue(io),
                    KeepFull = [.. (parsed.GetValue(keep) ?? []).Select(text => NodeSelector.Parse(text, $"--keep-fp32 {text}"))],
                },
                parsed.GetRequiredValue(output), samples.Request(parsed)));
            ConversionResult result = Stages.Show(7, (stage, progress) => new ConversionService(request, stage, progress).Run());
            if (parsed.GetValue(json)) JsonOutput.Print(ConversionView.ToJson(request, result));
            else ConversionView.Write(request, result);
            return (int)ExitCode.Ok;
        });
        return command;
    }
}
