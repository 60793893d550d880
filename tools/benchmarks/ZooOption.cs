using System.CommandLine;

namespace GraphPartition.Benchmarks;

/// <summary>The option that selects models of the zoo.</summary>
internal static class ZooOption
{
    /// <summary><c>--only NAME...</c>; without it the nine networks.</summary>
    public static Option<string[]> Create() => new("--only")
    {
        Description = "These models of the zoo instead of the nine networks.",
        AllowMultipleArgumentsPerToken = true,
        DefaultValueFactory = _ => ZooModel.Nine,
    };
}
