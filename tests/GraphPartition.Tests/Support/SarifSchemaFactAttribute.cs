using System.Diagnostics;
using Xunit;

namespace GraphPartition.Tests.Support;

/// <summary>
/// A fact that needs the schema of SARIF 2.1.0, which npm's @microsoft/jest-sarif carries. It skips where that is missing.
/// </summary>
internal sealed class SarifSchemaFactAttribute : FactAttribute
{
    public SarifSchemaFactAttribute()
    {
        string? modules = Environment.GetEnvironmentVariable("GP_NODE_MODULES");
        if (modules is null || !Directory.Exists(Path.Combine(modules, "@microsoft", "jest-sarif")))
            Skip = "GP_NODE_MODULES does not name a folder with @microsoft/jest-sarif";
    }

    /// <summary>What is wrong with a SARIF file by its schema; empty: nothing.</summary>
    public static string FaultsOf(string path)
    {
        string script = Checkout.PathOf("tests", "GraphPartition.Tests", "Support", "sarif.mjs");
        var start = new ProcessStartInfo("node", [script, path]) { RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, errors.Result);
        return output.Trim();
    }
}
