using System.CommandLine;
using GraphPartition.Compiler.Passes;
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
        var model = new Argument<string>("MODEL") { Description = "An ONNX or MindIR model, or a model that gpc compiled." };
        Option<string> precision = OptionOf.Choice("--precision", "The 16-bit format.", "fp16", "bf16");
        var output = new Option<string>("--output", "-o") { Description = "The file to write.", HelpName = "OUT.onnx", Required = true };
        var io = new Option<bool>("--io-precision") { Description = "Give the format to FP32 inputs and outputs of the model too." };
        var keep = new Option<string[]>("--keep-fp32")
        {
            Description = "Keep nodes in FP32: a name, a pattern with * and ?, op:NAME or domain:NAME. It may be given several times.",
            HelpName = "SELECTOR",
        };
        var testData = new Option<string?>("--test-data")
        {
            Description = "A folder with input_<i>.pb in ONNX test-data form: the outputs are compared with those of the FP32 model.",
            HelpName = "DIR",
        };
        var json = new Option<bool>("--json") { Description = "Print one JSON object instead of tables." };
        var passes = new Option<string>("--passes")
        {
            Description = "The passes before the conversion: standard, exact, none, or names separated by commas.",
            HelpName = "LIST",
            DefaultValueFactory = _ => Pipeline.Standard.Name,
        };
        var key = new KeyOption();
        var operators = new OperatorsOption();
        var customOperators = new CustomOperatorsOption();
        command.Add(model);
        command.Add(OptionGroup.Common, precision, output, io, keep, testData, json);
        command.Add(OptionGroup.Operators, operators.Option, customOperators.Option);
        command.Add(OptionGroup.Passes, passes, key.Option);
        command.SetAction(parsed =>
        {
            var request = new ConvertRequest(
                new(parsed.GetRequiredValue(model))
                {
                    KeyFile = key.File(parsed),
                    OperatorFiles = operators.Files(parsed),
                    CustomOperators = customOperators.Paths(parsed),
                    Passes = parsed.GetRequiredValue(passes),
                },
                new PrecisionOptions(parsed.GetRequiredValue(precision) == "bf16" ? LowFormat.Bf16 : LowFormat.Fp16)
                {
                    ConvertsInterface = parsed.GetValue(io),
                    KeepFull = [.. (parsed.GetValue(keep) ?? []).Select(text => NodeSelector.Parse(text, $"--keep-fp32 {text}"))],
                },
                parsed.GetRequiredValue(output), parsed.GetValue(testData));
            ConversionResult result = Stages.Show(5, stage => new ConversionService(request, stage).Run());
            if (parsed.GetValue(json)) JsonOutput.Print(ConversionView.ToJson(request, result));
            else ConversionView.Write(request, result);
            return (int)ExitCode.Ok;
        });
        return command;
    }
}
