using System.Text;
using GraphPartition.Operators.TensorRt;

namespace GraphPartition.Operators;

/// <summary>The table of operators as a page for people: <c>compiler/Operators/README.md</c>.</summary>
public static class OperatorReport
{
    private const string Introduction = """
        # Operators

        What the compiler and the runtime know of each operator. An operator has one definition (`OperatorDefinition`), a row in the table
        of its family: types and shapes, purity, cost, value ranges, 16-bit floats, identity cases, opset changes, a body of other
        operators, rows of a batch, ONNX Runtime's CUDA kernel, MindSpore's list. Two facets are data files: schemas, and what each
        release of TensorRT runs.
        `OperatorReport` writes this page; a test fails when it is out of date, and
        `UPDATE_GOLDEN=1 dotnet test tests/GraphPartition.Operators.Tests` updates it. `gpc operators` prints it for one release.

        Folders, each of which uses only those above it:

        - `Schemas/`: all versions of all schemas (`OperatorSchemas`); data: `onnx.schemas`, `contrib.schemas`, `extra.schemas`,
          `values.schemas`;
        - `Inference/`: what shape rules use: `NodeTyping` (the node and its outputs), `DimMath` and `LinearForm` (arithmetic on symbolic
          dimensions), `LoopForm` (Loop and Scan in one form), `NumberFact` (what is proved of numbers), and helpers;
        - `Opsets/`: `OpsetChange` (a change of an operator), `NodeEdit` (a node while it is converted);
        - `Batching/`: what rules about rows use: `BatchNode` (a node), `BatchFact` (what is known of a value), `Extent` (a size as a
          product), `BatchRules` and `SizeArithmetic` (shared rules), `IBatchWalk` (the walk, which the runtime has);
        - `Bounds/`: what rules about sizes use: `BoundsNode` (a node), `ValueBounds` (what is known of a value), `SizeRules` and the
          classes beside it (rules), `IBoundsWalk` (the walk);
        - `Bodies/`: operators expressed in others (`FunctionBody`, `BodyBuilder`), for targets that lack them;
        - `Definitions/`: `OperatorDefinition`, its other facets (`LowPrecision` and `LowFormat`: FP16 and BF16), and `OperatorFamily`
          (the form of a table);
        - `Families/`: a file for each family; `OperatorDefinitions` has all; `BodyTyping` types bodies;
        - `Analysis/`: `GraphBounds` (ranges of the sizes, elements and numbers of a graph's values), `BoundsQuestion` (what is known of
          inputs), `NodeWork` (operations and bytes of a node);
        - `TensorRt/`: `TensorRtRules` (the verdict on a node), `SurroundingRules` (what only its neighbors tell), `UnboundedSizes`
          (sizes that no engine can have), `Conditions` (restrictions), `TensorRtTarget`; data: `tensorrt.support` (documents),
          `tensorrt.findings` (what sources and trials change);
        - `Extensions/`: operators of the user: `IOperatorExtension`, `OperatorsFile` (reads `--operators FILE`);
        - here: `OperatorTable` (all operators, with those that users add), `Operator` (a definition and its schema), and listings;
        - `Solving/`, which uses all of them: `TypeSolver` (types from uses too): `ElementClasses` and `ElementRelations` (element types by
          type variables), `RankSolver` and `RankRules` (ranks by the shape rules), `TypeRefiner` (a graph with more precise types).

        **To add an operator**, see the recipe in CONTRIBUTING.md. Operators of your own need no change here: give `--operators FILE`, a
        JSON list.

        ```json
        [
          { "operator": "my.domain::Swirl", "outputs": ["same as input 0"], "tensorrt": "10.0" },
          { "operator": "my.domain::Pick", "outputs": ["f32[1,?]", "i64 same as input 1"], "reason": "the plugin is not ready" }
        ]
        ```

        `outputs` says for each output `same as input N`, `broadcast`, an element type before either of them, or a type such as
        `f32[1,?]`; the last holds for all further outputs. `tensorrt` is the first release that runs the operator; without it no
        release does, for the `reason` given. An entry without `outputs` for an operator that this page has speaks of TensorRT only: a
        plugin for it, or an engine's trouble with it. `"pure": true` says that the operator computes the same from the same inputs and has
        no other effect; only then its nodes are folded or removed. In code, implement `IOperatorExtension` and call `OperatorTable.With`.

        """;

    /// <summary>The page.</summary>
    public static string Markdown()
    {
        var page = new StringBuilder(Introduction);
        OperatorTable table = OperatorTable.Default;
        IEnumerable<Operator> operators =
            table.Operators.OrderBy(o => o.Name.Domain, StringComparer.Ordinal).ThenBy(o => o.Name.Type, StringComparer.Ordinal);
        page.Append($"""

            ## TensorRT

            What NVIDIA's ONNX parser takes: its operator documents, and what its source and trials with libraries change
            ([measured](../../docs/tensorrt-table.md)); *origins* names these. A line holds from its release until the next.
            TensorRT-RTX has the lines of the TensorRT release with the same parser ({Parsers()}), then its own.
            Doubles would be computed as floats and 64-bit integers in 8.x as 32-bit ones, so both are refused unless allowed;
            shape arithmetic needs no leave. `i8`, `i4`, `f8e4m3fn` and `f4e2m1` pass only between QuantizeLinear and
            DequantizeLinear. Conditions are explained below the table.
            Releases: {string.Join(", ", KnownRelease.All.Select(k => k.Release.ShortName))}.

            | operator | opset | element types | conditions | origins |
            | --- | --- | --- | --- | --- |

            """);
        foreach (Operator op in operators.Where(o => o.Name.Domain.Length == 0)) AppendSupport(page, op);
        page.Append("\nWhat the conditions say:\n\n");
        foreach (string meaning in TensorRtOperator.Meanings.OrderBy(m => m.Key, StringComparer.Ordinal).Select(m => m.Value))
            page.Append($"- `{meaning.Replace(": ", "`: ", StringComparison.Ordinal)}\n");
        page.Append("""

            ## Other domains

            Never on TensorRT. *shapes*: types and shapes of the outputs are inferred; *types*: only what the schema's type variables
            tell.

            | operator | inferred |
            | --- | --- |

            """);
        foreach (Operator op in operators.Where(o => o.Name.Domain.Length > 0))
            page.Append($"| {op.Name} | {(op.InfersShapes ? "shapes" : "types")} |\n");
        page.Append("""

            ## Facets

            The facets that each definition gives. Dots stand for a default, which is the safe answer: not pure, one operation for each
            element, no number is proved, nothing bounds a size that has no symbol, it stays in FP32, no input passes unchanged, rows may
            meet, the CUDA kernel may wait, MindSpore does not list it.
            An operator without `opsets` changed only in ways that the schemas tell.

            ```

            """);
        foreach (Operator op in operators) AppendFacets(page, op);
        return page.Append("```\n").ToString();
    }

    private static void AppendFacets(StringBuilder page, Operator op)
    {
        OperatorDefinition d = op.Definition;
        ReadOnlySpan<(string Name, bool IsGiven)> facets =
        [
            ("schema", op.Schema is not null), ("types", d.Types is not null), ("pure", d.IsPure), ("work", d.Work != Work.Elements),
            ("range", d.Range is not null || d.MovesElements), ("bounds", d.Sizes is not null), ("moves", d.MovesElements),
            ("reads", d.ReadsNumbers), ("indices", d.AnyWidthInput is not null), ("identity", d.Identity is not null), ("activation", d.IsActivation),
            ("opsets", !d.Opsets.IsEmpty), ("16bits", d.LowPrecision is not null || d.MovesElements),
            ("body", d.Body is not null), ("rows", d.Rows is not null), ("sizes", d.TakesSizes),
            ("cuda", d.OrtCuda is not null), ("mindspore", d.MindSpore is not null),
            ("tensorrt", d.Name.Domain.Length == 0 && TensorRtOperator.History(d.Name.Type).Any(h => h.IsSupported)),
        ];
        page.Append($"{d.Name,-46}");
        foreach ((string name, bool isGiven) in facets) page.Append(' ').Append(isGiven ? name : new string('.', name.Length));
        page.Append('\n');
    }

    private static void AppendSupport(StringBuilder page, Operator op)
    {
        var history = TensorRtOperator.History(op.Name.Type).ToList();
        string opset = op.Schema is { } s ? s.Since + (s.IsDeprecated ? " (deprecated)" : "") : "";
        string types = history.Count == 0 ? "no release lists it" : string.Join("<br>", history.Select(Types));
        string conditions = string.Join("<br>", history.Where(h => h.IsSupported && !h.Conditions.IsEmpty).Select(Conditions));
        string origins = string.Join(", ", history.SelectMany(h => h.Origins).Where(o => o != "documented").Distinct());
        page.Append($"| {op.Name} | {opset} | {types} | {conditions} | {origins} |\n");
    }

    private static string Types(TensorRtOperator h) =>
        $"{h.Since.ShortName}: {(h.IsSupported ? string.Join(' ', h.Types.Select(t => t.Keyword())) : "no")}";

    private static string Conditions(TensorRtOperator h) => $"{h.Since.ShortName}: {string.Join(' ', h.Conditions)}";

    private static string Parsers() => string.Join(", ", KnownRelease.All.Where(k => k.SameParserAs is not null)
        .Select(k => $"{k.Release.ShortName}: {k.SameParserAs!.Value.ShortName}"));
}
