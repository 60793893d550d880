using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using Google.Protobuf;
using GraphPartition.EngineBuilder.Builders.Wire;
using Microsoft.Win32.SafeHandles;

namespace GraphPartition.EngineBuilder.Builders;

/// <summary>
/// A worker process: builds engines for the process that started it, as that one requests over standard input and output, and ends when
/// that one ends. What the library prints goes to standard error.
/// </summary>
public static class EngineWorker
{
    /// <summary>The first argument with which <c>gpc</c> is a worker; its command line for users does not have it.</summary>
    public const string Verb = "engine-worker";

    private const int Input = 0, Output = 1, Errors = 2;

    /// <summary>Serves requests until standard input ends. Call it first in the process.</summary>
    /// <returns>The exit code; a process whose parent has ended does not return.</returns>
    public static int Run()
    {
        // The user's Ctrl+C reaches all processes of a terminal; the parent process decides what it means for this one.
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, context => context.Cancel = true);
        using var quit = PosixSignalRegistration.Create(PosixSignal.SIGQUIT, context => context.Cancel = true);
        NativeProcess.PreferAsVictim();
        using FileStream output = new(new SafeFileHandle(NativeProcess.Take(Output, Errors), ownsHandle: true), FileAccess.Write, 0);
        using FileStream input = new(new SafeFileHandle(Input, ownsHandle: false), FileAccess.Read, 1 << 16);
        WorkerProtocol.Introduce(output);
        using BlockingCollection<Request> requests = [];
        new Thread(() => Receive(input, requests)) { IsBackground = true, Name = "requests" }.Start();
        using WorkerServer server = new(output);
        foreach (Request request in requests.GetConsumingEnumerable()) server.Serve(request);
        return 0;
    }

    /// <summary>
    /// Reads requests. The end of the input is the end of the parent process: nobody needs this one, and a call of the library that
    /// is under way cannot be stopped otherwise. This process writes no files with a name, so nothing is left half written.
    /// </summary>
    private static void Receive(Stream input, BlockingCollection<Request> requests)
    {
        try
        {
            while (true) requests.Add(Request.Parser.ParseDelimitedFrom(input));
        }
        catch (Exception e) when (e is InvalidProtocolBufferException or IOException)
        {
            NativeProcess.End();
        }
    }
}
