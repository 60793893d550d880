using System.Diagnostics;
using System.Runtime.InteropServices;

namespace GraphPartition.Serving.Tests.Support;

/// <summary>A process of <c>gpc serve</c>.</summary>
internal sealed partial class ServeProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly Task<string> _errors;

    private ServeProcess(Process process)
    {
        _process = process;
        _errors = process.StandardError.ReadToEndAsync();
    }

    /// <summary>The addresses by what is there: REST, gRPC, metrics.</summary>
    public Dictionary<string, Uri> Addresses { get; } = [];

    /// <summary>Starts a server on ports that are free, and waits until it listens.</summary>
    public static async Task<ServeProcess> StartAsync(params string[] arguments)
    {
        ServeProcess server = Start(["--http", "0", "--grpc", "0", "--metrics", "0", .. arguments]);
        for (int i = 0; i < 3; i++)
        {
            string line = await server._process.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException(await server._errors);
            string[] words = line.Split(" on ");
            server.Addresses.Add(words[0], new Uri(words[1]));
        }
        return server;
    }

    /// <summary>Runs a command line that must fail.</summary>
    public static async Task<(int ExitCode, string Errors)> FailAsync(params string[] arguments)
    {
        await using ServeProcess server = Start(arguments);
        await server._process.WaitForExitAsync();
        return (server._process.ExitCode, await server._errors);
    }

    /// <summary>Sends SIGTERM.</summary>
    public void Terminate() => Assert.Equal(0, Kill(_process.Id, 15));

    /// <summary>Waits for the end.</summary>
    public async Task<(int ExitCode, string Errors)> EndAsync()
    {
        await _process.WaitForExitAsync();
        return (_process.ExitCode, await _errors);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private static ServeProcess Start(string[] arguments) => new(Process.Start(
        new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "gpc.dll"), "serve", .. arguments])
        { RedirectStandardOutput = true, RedirectStandardError = true })!);

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int process, int signal);
}
