using System.CommandLine;
using GraphPartition.Compiler.Diagnostics;
using GraphPartition.EngineBuilder.Shapes;
using GraphPartition.Foundation;
using GraphPartition.Gpc.Requests;
using GraphPartition.TensorRt;

namespace GraphPartition.Gpc.Options;

/// <summary>The shapes of inputs: fixed ones, and ranges for engines.</summary>
internal sealed class ShapeArguments
{
    private readonly Option<string[]> _fixed = Shape(
        "--input-shapes", "The shapes that inputs have in every run: x:1x3x224x224,mask:1x16. The passes and the plan use them.");
    private readonly Option<string[]> _min = Shape(
        "--min-shapes", "The smallest shapes of dynamic inputs: x:1x3x224x224,mask:1x16. Values inside the graph may be named too.");
    private readonly Option<string[]> _opt = Shape(
        "--opt-shapes", "The shapes to be fast for. Alone, they are the only shapes, as with --input-shapes.");
    private readonly Option<string[]> _max = Shape("--max-shapes", "The largest shapes.");

    /// <summary>Adds the options to a command.</summary>
    /// <param name="command">The command.</param>
    /// <param name="ranges">Whether the command plans engines, for which shapes may have ranges.</param>
    public ShapeArguments(GpcCommand command, bool ranges = true)
    {
        command.Add(OptionGroup.Common, _fixed);
        if (!ranges) return;
        command.Add(OptionGroup.Engines, _min, _opt, _max);
        command.Validators.Add(result =>
        {
            bool hasMin = result.GetResult(_min) is not null, hasMax = result.GetResult(_max) is not null;
            if (hasMin != hasMax) result.AddError($"give both {_min.Name} and {_max.Name}, or only {_opt.Name}");
        });
    }

    /// <summary>A request with the options of the command line.</summary>
    /// <exception cref="ModelException">GP3020, GP4010: the form of a shape is wrong.</exception>
    public ModelRequest In(ParseResult parsed, ModelRequest request)
    {
        return request with
        {
            InputShapes = Of(_fixed, CompilerCodes.BadInputShape),
            ShapeRanges = new()
            {
                Min = Of(_min, TensorRtCodes.BadShapeProfile),
                Opt = Of(_opt, TensorRtCodes.BadShapeProfile),
                Max = Of(_max, TensorRtCodes.BadShapeProfile),
            },
        };

        IReadOnlyDictionary<string, long[]> Of(Option<string[]> option, DiagnosticCode code) =>
            parsed.GetResult(option) is not null && parsed.GetValue(option) is { Length: > 0 } texts
                ? ShapeSpec.Parse(texts, code) : new Dictionary<string, long[]>();
    }

    private static Option<string[]> Shape(string name, string description) =>
        new(name) { Description = description, HelpName = "NAME:SHAPE,..." };
}
