using System.CommandLine;
using System.Globalization;
using GraphPartition.Foundation;
using GraphPartition.Gpc.Requests;

namespace GraphPartition.Gpc.Options;

/// <summary>Where the inputs of a run come from: a test data set, given one by one, or made up.</summary>
internal sealed class InputArguments
{
    private readonly Option<string?> _testData = new("--test-data")
    {
        Description = "A folder with input_<i>.pb and output_<i>.pb in ONNX test-data form. Without it, inputs are made up.",
        HelpName = "DIR",
    };
    private readonly Option<string[]> _given = new("--input")
    {
        Description = "An input that is not made up: a number for all elements, elements separated by commas, or a file (.npy, .pb).",
        HelpName = "NAME=VALUE|FILE",
    };
    private readonly Option<string[]> _dims = new("--dim")
    {
        Description = "The size of a named dimension of made-up inputs.",
        HelpName = "NAME=SIZE",
    };
    private readonly Option<int?> _seed = OptionOf.OptionalNumber("--seed", "N", "The seed of made-up inputs.", 0);

    /// <summary>Adds the options to a command.</summary>
    public InputArguments(GpcCommand command)
    {
        command.Add(OptionGroup.Common, _testData, _given, _dims, _seed);
        OptionOf.Refuse(command, result => result.GetValue(_testData) is null ? null : $"with {_testData.Name}", _given, _dims, _seed);
    }

    /// <summary>The options.</summary>
    public Option[] All => [_testData, _given, _dims, _seed];

    /// <summary>The options of the command line.</summary>
    /// <exception cref="ModelException">GP3012: a size is wrong.</exception>
    public InputRequest Request(ParseResult parsed)
    {
        var sizes = new Dictionary<string, long>();
        foreach (string dim in parsed.GetValue(_dims) ?? [])
        {
            int at = dim.LastIndexOf('=');
            if (at <= 0 || !long.TryParse(dim.AsSpan(at + 1), NumberStyles.None, CultureInfo.InvariantCulture, out long size))
                throw GpcCodes.BadOption.Error($"--dim {dim}", "--dim takes NAME=SIZE, for instance --dim batch=4");
            if (!sizes.TryAdd(dim[..at], size)) throw GpcCodes.BadOption.Error($"--dim {dim}", "the dimension is given twice");
        }
        return new(parsed.GetValue(_testData), sizes) { Given = [.. parsed.GetValue(_given) ?? []], Seed = parsed.GetValue(_seed) };
    }
}
