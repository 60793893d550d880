using System.Diagnostics;
using GraphPartition.Compiler.Import;
using GraphPartition.Compiler.Import.Opsets;
using GraphPartition.Foundation;
using GraphPartition.MixedPrecision;
using GraphPartition.MixedPrecision.Emulation;
using GraphPartition.Operators;

namespace GraphPartition.Gpc.Services;

/// <summary>Lets a command of the user judge conversions: its exit code decides.</summary>
/// <param name="command">The command, for the shell.</param>
/// <param name="operators">What is known of operators.</param>
internal sealed class BudgetCommand(string command, OperatorTable operators)
{
    /// <summary>The end of what the last run of the command printed.</summary>
    public string Said { get; private set; } = "";

    /// <summary>Whether the command ends with exit code 0. The files of the model are removed afterwards.</summary>
    /// <exception cref="EnvironmentException">GP5005: the files cannot be written.</exception>
    public bool Accepts(ConvertedModel converted)
    {
        string folder = Directory.CreateTempSubdirectory("gpc-budget-").FullName;
        try
        {
            string model = Path.Combine(folder, "model.onnx"), emulation = Path.Combine(folder, "emulation.onnx");
            ModelFile.Write(OpsetExport.Lowest(converted.Model), model);
            ModelFile.Write(OpsetExport.Lowest(Emulator.Emulate(converted.Model, operators)), emulation);
            return Run(model, emulation) == 0;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private int Run(string model, string emulation)
    {
        bool isWindows = OperatingSystem.IsWindows();
        var start = new ProcessStartInfo(isWindows ? "cmd.exe" : "/bin/sh") { RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add(isWindows ? "/c" : "-c");
        start.ArgumentList.Add(command);
        start.Environment["GPC_MODEL"] = model;
        start.Environment["GPC_EMULATION"] = emulation;
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(), errors = process.StandardError.ReadToEndAsync();
        process.WaitForExit();
        Task.WaitAll(output, errors);
        string[] lines = (output.Result + errors.Result).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Said = $"exit code {process.ExitCode}{(lines.Length > 0 ? ", " + lines[^1].Trim() : "")}";
        return process.ExitCode;
    }
}
