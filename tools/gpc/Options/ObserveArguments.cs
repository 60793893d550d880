using System.CommandLine;
using GraphPartition.Gpc.Requests;

namespace GraphPartition.Gpc.Options;

/// <summary>Whether the model runs once before it is planned, and with which inputs.</summary>
internal sealed class ObserveArguments
{
    private readonly Option<bool> _observe = new("--observe")
    {
        Description = "Run the model once on ONNX Runtime and use its types and sizes where inference finds none.",
    };
    private readonly InputArguments _inputs;

    /// <summary>Adds the option to a command.</summary>
    /// <param name="command">The command.</param>
    /// <param name="inputs">Its options for inputs; null: they are added too.</param>
    public ObserveArguments(GpcCommand command, InputArguments? inputs = null)
    {
        command.Add(OptionGroup.Common, _observe);
        _inputs = inputs ?? new InputArguments(command);
        if (inputs is not null) return;
        OptionOf.Refuse(command, result => result.GetValue(_observe) ? null
            : $"without {_observe.Name}: {command.Name} does not run the model", _inputs.All);
    }

    /// <summary>The option that makes the model run.</summary>
    public Option<bool> Option => _observe;

    /// <summary>A request with the options of the command line.</summary>
    public ModelRequest In(ParseResult parsed, ModelRequest request) => !parsed.GetValue(_observe) ? request
        : request with { Observe = _inputs.Request(parsed), ChangesPlan = true };
}
