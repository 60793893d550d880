using GraphPartition.CompiledModels;
using GraphPartition.Foundation;
using GraphPartition.Gpc.Requests;
using GraphPartition.Gpc.Services;
using GraphPartition.Ir.Graphs;
using GraphPartition.Runtime.Engines;
using GraphPartition.TensorRt.Library;
using GraphPartition.TensorRt.Run;
using Microsoft.Extensions.Logging;

namespace GraphPartition.Gpc.Views;

/// <summary>The engines of a compiled model: their targets and, if this machine can load them, their tensors and layers.</summary>
internal static class EngineContents
{
    public static void Write(Model model, MachineRequest request)
    {
        MachineSearch search = TensorRtMachine.Find(request.Options);
        ILogger? logger = ErrorStreamLogger.From(request.LogFrom);
        if (!CompiledModelFormat.IsCompiled(model))
            throw GpcCodes.BadOption.Error(model.Path ?? "", "--engines takes a file that 'gpc compile' wrote");
        CompiledModel compiled = CompiledModelFormat.Read(model.Path!);
        string? folder = model.Folder;
        foreach (UnusableEngine stale in EngineOrigin.FindUnusable(compiled))
            Console.Out.WriteLine($"# {stale.Warning.ToString().ReplaceLineEndings(" ")}");
        if (search.Problem is { } problem) Console.Out.WriteLine($"# layers cannot be shown: {problem.ToString().ReplaceLineEndings(" ")}");
        using TrtRuntime? runtime = Runtime(search.Machine, logger);
        foreach (TrtNode group in compiled.AllGroups)
        {
            if (group.Engines.IsEmpty) Console.Out.WriteLine($"# TrtNode_{group.Id}: no engine");
            foreach (EngineBlob blob in group.Engines) Write(group, blob, folder, search.Machine, runtime);
        }
    }

    private static TrtRuntime? Runtime(TensorRtMachine? machine, ILogger? logger)
    {
        machine?.Device.MakeCurrent();
        return machine is null ? null : TrtRuntime.Create(machine.Library, logger);
    }

    private static void Write(TrtNode group, EngineBlob blob, string? folder, TensorRtMachine? machine, TrtRuntime? runtime)
    {
        ReadOnlyMemory<byte>? bytes = blob.Read(folder, out string? fault);
        Console.Out.WriteLine(
            $"# TrtNode_{group.Id}: {blob.Target}, {(bytes is { } b ? $"{b.Length} bytes" : fault)}, sha256 {blob.Sha256}{(blob.Path is { } p ? $", in {p}" : "")}");
        if (bytes is not { } data || machine is null || runtime is null) return;
        if (EngineFit.Judge(blob.Target, machine) is { IsYes: false } unfit)
        {
            Console.Out.WriteLine($"#   not for this machine: {unfit.Reason}");
            return;
        }
        try
        {
            using TrtEngine engine = runtime.Deserialize(data.Span);
            foreach (EngineTensor t in engine.Tensors)
            {
                string ranges = string.Concat(
                    t.Profiles.Select(
                        r => $", [{string.Join(",", r.Min)}] to [{string.Join(",", r.Max)}], best [{string.Join(",", r.Opt)}]"));
                Console.Out.WriteLine(
                    $"#   {(t.IsInput ? "input " : "output")} {t.Name} {t.Type.Keyword()}[{string.Join(",", t.Shape)}]{(t.IsOnHost ? " on the host" : "")}, {t.Format}{ranges}");
            }
            Console.Out.WriteLine($"#   {engine.DeviceMemoryBytes} bytes of device memory for a run");
            Console.Out.WriteLine(engine.Inspect());
        }
        catch (TensorRtException e)
        {
            Console.Out.WriteLine($"#   it does not load: {e.Diagnostic}");
        }
    }
}
