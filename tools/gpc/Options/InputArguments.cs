using System.CommandLine;
using System.Globalization;
using GraphPartition.Foundation;
using GraphPartition.Gpc.Requests;

namespace GraphPartition.Gpc.Options;

/// <summary>Where the inputs of a run come from: a test data set, or made up.</summary>
internal sealed class InputArguments
{
    private readonly Option<string?> _testData = new("--test-data")
    {
        Description = "A folder with input_<i>.pb and output_<i>.pb in ONNX test-data form. Without it, inputs are made up.",
        HelpName = "DIR",
    };
    private readonly Option<string[]> _dims = new("--dim")
    {
        Description = "The size of a named dimension of made-up inputs.",
        HelpName = "NAME=SIZE",
    };

    /// <summary>Adds the options to a command.</summary>
    public InputArguments(GpcCommand command) => command.Add(OptionGroup.Common, _testData, _dims);

    /// <summary>What the command line asks for.</summary>
    /// <exception cref="ModelException">GP3012: a size is wrong.</exception>
    public InputRequest Request(ParseResult parsed)
    {
        var sizes = new Dictionary<string, long>();
        foreach (string dim in parsed.GetValue(_dims) ?? [])
        {
            int at = dim.LastIndexOf('=');
            if (at <= 0 || !long.TryParse(dim.AsSpan(at + 1), NumberStyles.None, CultureInfo.InvariantCulture, out long size))
                throw GpcCodes.BadOption.Error(dim, "--dim takes NAME=SIZE");
            sizes[dim[..at]] = size;
        }
        return new(parsed.GetValue(_testData), sizes);
    }
}
