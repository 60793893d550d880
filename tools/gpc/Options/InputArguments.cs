using System.CommandLine;
using System.Globalization;
using GraphPartition.Foundation;
using GraphPartition.Gpc.Requests;

namespace GraphPartition.Gpc.Options;

/// <summary>Where the inputs of a run come from: a test data set, given one by one, or made up.</summary>
internal sealed class InputArguments
{
    private readonly Option<string[]> _testData = new("--test-data")
    {
        Description = "A folder with input_<i>.pb and output_<i>.pb in ONNX test-data form. Without it, inputs are made up.",
        HelpName = "DIR",
    };
    private readonly Option<string?> _calibrationData = new("--calibration-data")
    {
        Description = "A folder with many samples: one folder in test-data form for each. The worst counts.",
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

    private readonly bool _isMany;

    /// <summary>Adds the options to a command.</summary>
    /// <param name="command">The command.</param>
    /// <param name="many">Whether it runs on several samples.</param>
    public InputArguments(GpcCommand command, bool many = false)
    {
        _isMany = many;
        command.Add(OptionGroup.Common, _testData, _given, _dims, _seed);
        OptionOf.Refuse(command, result => result.GetValue(_testData) is not { Length: > 0 } ? null : $"with {_testData.Name}",
            _given, _dims, _seed);
        if (many)
        {
            _testData.Description += " It may be given several times; the worst sample counts.";
            command.Add(OptionGroup.Common, _calibrationData);
            OptionOf.Refuse(command, result => result.GetValue(_calibrationData) is null ? null : $"with {_calibrationData.Name}",
                _given, _dims, _seed);
        }
        else _testData.Validators.Add(result =>
        {
            if (result.Tokens.Count > 1) result.AddError($"{_testData.Name} is given twice");
        });
    }

    /// <summary>The options.</summary>
    public Option[] All => [_testData, _given, _dims, _seed, .. _isMany ? [_calibrationData] : Array.Empty<Option>()];

    /// <summary>Whether the command line gives samples, so that no input is made up.</summary>
    public bool AreSamples(System.CommandLine.Parsing.CommandResult result) => OptionOf.AnyGiven(result, _testData, _calibrationData);

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
        string[] folders = parsed.GetValue(_testData) ?? [];
        string? all = parsed.GetResult(_calibrationData) is null ? null : parsed.GetValue(_calibrationData);
        return new(folders.FirstOrDefault(), sizes)
        {
            Given = [.. parsed.GetValue(_given) ?? []],
            Seed = parsed.GetValue(_seed),
            Samples = folders.Length > 1 || all is not null ? new([.. folders], all) : null,
        };
    }
}
