using System.Diagnostics;
using System.Text.Json;
using Xunit;

namespace GraphPartition.Tests.Explorer;

/// <summary>Opens a page in headless Chromium (<c>browser.mjs</c>).</summary>
internal static class Browser
{
    private const string Chromium = "/usr/bin/chromium", Modules = "GP_NODE_MODULES";

    /// <summary>Why no page can be opened; null where it can.</summary>
    public static string? WhyNot { get; } = !File.Exists(Chromium) ? $"{Chromium} is not installed"
        : Environment.GetEnvironmentVariable(Modules) is not { } modules ? $"{Modules} does not name a folder with playwright-core and axe-core"
        : !Directory.Exists(Path.Combine(modules, "playwright-core")) ? $"{modules} has no playwright-core" : null;

    /// <summary>Opens a page, uses it as a person would, and returns what was found.</summary>
    /// <param name="page">The page.</param>
    /// <param name="golden">A picture that the first view must look like; null: none.</param>
    public static JsonElement Open(string page, string? golden = null)
    {
        string script = Checkout.PathOf("tests", "GraphPartition.Tests", "Explorer", "browser.mjs");
        string[] arguments = [script, page, Path.ChangeExtension(page, ".png"), .. golden is null ? Array.Empty<string>() : [golden]];
        var start = new ProcessStartInfo("node", arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, errors.Result);
        return JsonDocument.Parse(output).RootElement;
    }
}
