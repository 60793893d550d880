using GraphPartition.Foundation;

namespace GraphPartition.Gpc.Views;

/// <summary>Prints diagnostics to standard error: the first of each kind, how many more there are, and the remedy once.</summary>
internal static class DiagnosticView
{
    private const int Most = 5; // of one kind; one cause often has a diagnostic for each node behind it

    /// <summary>Prints diagnostics, by kind in the order of the first of each.</summary>
    public static void Write(IEnumerable<Diagnostic> diagnostics)
    {
        foreach (IGrouping<DiagnosticCode, Diagnostic> kind in diagnostics.GroupBy(d => d.Code))
        {
            Diagnostic[] all = [.. kind.Distinct()];
            Diagnostic[] shown = all.Length > Most ? all[..(Most - 1)] : all;
            foreach (Diagnostic d in shown[..^1]) Console.Error.WriteLine($"gpc: {d.WithoutRemedy}");
            if (shown.Length == all.Length)
            {
                Console.Error.WriteLine($"gpc: {all[^1]}");
                continue;
            }
            Console.Error.WriteLine($"gpc: {shown[^1].WithoutRemedy}");
            Console.Error.WriteLine($"gpc: {kind.Key.At("", $"{all.Length - shown.Length} more of this kind: {kind.Key.Title}")}");
        }
    }
}
