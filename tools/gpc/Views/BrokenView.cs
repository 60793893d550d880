using GraphPartition.MixedPrecision.Debugging;
using GraphPartition.MixedPrecision.Ranges;
using Spectre.Console;

namespace GraphPartition.Gpc.Views;

/// <summary>Prints where a model makes NaN or infinities.</summary>
internal static class BrokenView
{
    private const int Most = 10;

    public static void Write(string path, BrokenModel broken)
    {
        string file = Path.GetFileName(path);
        if (broken.Nodes.IsEmpty)
        {
            AnsiConsole.WriteLine(broken.Outputs.IsEmpty ? $"{file}: no node makes NaN or an infinity"
                : $"{file}: {string.Join(", ", broken.Sources.Select(s => $"'{s.Name}'").DefaultIfEmpty("an input or constant"))} "
                    + $"{(broken.Sources.Length > 1 ? "hold" : "holds")} NaN or infinities, and outputs get them");
            return;
        }
        AnsiConsole.WriteLine($"{file}: {(broken.Nodes.Length == 1 ? "1 node makes" : $"{broken.Nodes.Length} nodes make")} NaN or infinities of finite numbers; the first is "
            + $"{broken.Nodes[0].Op} '{broken.Nodes[0].Node}'");
        foreach (BrokenNode node in broken.Nodes.Take(Most))
        {
            AnsiConsole.WriteLine($"{node.Op} '{node.Node}': {node.Why}");
            Table table = new Table().Border(TableBorder.Simple).AddColumns("", "tensor", "least", "most", "smallest", "NaN", "infinite");
            foreach (TensorRange input in node.Inputs) Row(table, "in", input);
            foreach (TensorRange output in node.Outputs) Row(table, "out", output);
            AnsiConsole.Write(table);
        }
        if (broken.Nodes.Length > Most) AnsiConsole.WriteLine($"... {broken.Nodes.Length - Most} more nodes (--json)");
        AnsiConsole.WriteLine(broken.Outputs.IsEmpty ? "all outputs of the model are finite"
            : $"outputs that are not finite: {string.Join(", ", broken.Outputs.Select(o => o.Name))}");
    }

    private static void Row(Table table, string kind, TensorRange tensor)
    {
        ValueRange range = tensor.Range;
        table.AddRow(new Text(kind), new Text(tensor.Name), new Text(Number(range.Least)), new Text(Number(range.Most)),
            new Text(Number(range.Smallest)), new Text($"{range.NaNs}"), new Text($"{range.Infinities}"));
    }

    private static string Number(float x) => float.IsFinite(x) ? $"{x:g4}" : "";
}
