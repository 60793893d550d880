using System.CommandLine;
using GraphPartition.Gpc.Requests;

namespace GraphPartition.Gpc.Options;

/// <summary>The samples that a model is measured on.</summary>
internal sealed class SampleArguments
{
    private readonly Option<string[]> _testData = new("--test-data")
    {
        Description = "A sample: a folder with input_<i>.pb in ONNX test-data form. It may be given several times.",
        HelpName = "DIR",
    };
    private readonly Option<string?> _calibrationData = new("--calibration-data")
    {
        Description = "A folder with many samples: one folder in test-data form for each.",
        HelpName = "DIR",
    };

    /// <summary>Adds the options to a command.</summary>
    public SampleArguments(GpcCommand command) => command.Add(OptionGroup.Common, _testData, _calibrationData);

    /// <summary>The options.</summary>
    public Option[] Options => [_testData, _calibrationData];

    /// <summary>Whether the command line gives a sample.</summary>
    public bool AreGiven(System.CommandLine.Parsing.CommandResult result) => OptionOf.AnyGiven(result, Options);

    /// <summary>The options of the command line.</summary>
    public SampleRequest Request(ParseResult parsed) =>
        new([.. parsed.GetValue(_testData) ?? []], parsed.GetValue(_calibrationData));
}
