using System.Diagnostics;
using GraphPartition.Samples.Tests.Support;
using Xunit;

namespace GraphPartition.Samples.Tests;

/// <summary>The GitHub Action and the pre-commit hook, their commands as they are written, in a folder of somebody else.</summary>
public sealed class GateTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public GateTests()
    {
        File.Copy(Checkout.PathOf("testmodels", "mixed.onnx"), _folder.File("my model.onnx"));
        string gpc = Path.Combine(Directory.CreateDirectory(_folder.File("bin")).FullName, "gpc");
        File.WriteAllText(gpc, $"#!/bin/sh\nexec dotnet '{Path.Combine(AppContext.BaseDirectory, "gpc.dll")}' \"$@\"\n");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(gpc, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    public void Dispose() => _folder.Dispose();

    [ShellFact]
    public void The_action_runs_its_arguments_and_writes_its_reports()
    {
        (int code, string outputs, string summary) = Action("--max-engines 4\n--lock 'my plan.lock' --update");
        Assert.Equal(0, code);
        Assert.True(File.Exists(_folder.File("my plan.lock")));
        Assert.True(File.Exists(outputs["sarif=".Length..].TrimEnd()), outputs);
        Assert.Contains("passed", summary, StringComparison.Ordinal);

        (code, outputs, summary) = Action("--max-engines 3 --exclude *Gemm"); // no file has such a name, and none is to be looked for
        Assert.Equal(1, code);
        Assert.StartsWith("sarif=", outputs, StringComparison.Ordinal);
        Assert.Contains("| max-engines | 3 | 5 | **failed** |", summary, StringComparison.Ordinal);

        File.Delete(_folder.File("gpc.sarif"));
        File.Delete(_folder.File("gpc.md"));
        (code, outputs, summary) = Action("--max-engines many; touch owned $(touch owned)");
        Assert.Equal((2, "", ""), (code, outputs, summary));
        Assert.False(File.Exists(_folder.File("owned")));
    }

    /// <summary>pre-commit splits the entry at spaces and puts the arguments and the files behind it.</summary>
    [ShellFact]
    public void The_hook_takes_several_files_behind_its_arguments()
    {
        string[] hook = File.ReadAllLines(Checkout.PathOf(".pre-commit-hooks.yaml"));
        string entry = hook.Single(l => l.StartsWith("  entry: ", StringComparison.Ordinal))["  entry: ".Length..];
        File.Copy(_folder.File("my model.onnx"), _folder.File("b.onnx"));
        foreach ((string most, int code) in new[] { ("4", 0), ("3", 1) })
        {
            string[] words = [.. entry.Split(' '), "--max-engines", most, "my model.onnx", "b.onnx"];
            Outcome outcome = Run(words[0], words[1..]);
            Assert.True(outcome.ExitCode == code, outcome.ToString());
        }
    }

    /// <summary>Runs the step as GitHub does: <c>shell: bash</c> is this command line.</summary>
    private (int Code, string Outputs, string Summary) Action(string arguments)
    {
        string[] lines = File.ReadAllLines(Checkout.PathOf(".github", "actions", "check", "action.yml"));
        int run = Array.IndexOf(lines, "      run: |");
        string step = _folder.File("step.sh"), outputs = _folder.File("outputs"), summary = _folder.File("summary");
        File.WriteAllLines(step, lines[(run + 1)..].Select(l => l.Length > 8 ? l[8..] : ""));
        File.WriteAllText(outputs, "");
        File.WriteAllText(summary, "");
        Outcome outcome = Run("bash", ["--noprofile", "--norc", "-eo", "pipefail", step], ("MODEL", "my model.onnx"), ("ARGUMENTS", arguments),
            ("RUNNER_TEMP", _folder.Path), ("GITHUB_OUTPUT", outputs), ("GITHUB_STEP_SUMMARY", summary));
        return (outcome.ExitCode, File.ReadAllText(outputs), File.ReadAllText(summary));
    }

    private Outcome Run(string program, string[] arguments, params (string Name, string Value)[] variables)
    {
        ProcessStartInfo start = Program.StartInfo(program == "gpc" ? _folder.File("bin/gpc") : program, _folder.Path, arguments);
        start.Environment["PATH"] = _folder.File("bin") + Path.PathSeparator + Environment.GetEnvironmentVariable("PATH");
        foreach ((string name, string value) in variables) start.Environment[name] = value;
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(), errors = process.StandardError.ReadToEndAsync();
        process.WaitForExit();
        return new(process.ExitCode, output.Result, errors.Result);
    }

    /// <summary>A test that needs a POSIX shell.</summary>
    private sealed class ShellFactAttribute : FactAttribute
    {
        public ShellFactAttribute() => Skip = OperatingSystem.IsWindows() || !File.Exists("/bin/bash") ? "there is no /bin/bash" : null;
    }
}
