using System.CommandLine;
using GraphPartition.Gpc.Services;
using GraphPartition.Runtime.Options;

namespace GraphPartition.Gpc.Options;

/// <summary>How the fallback runs: options of the commands that execute.</summary>
internal sealed class SessionArguments
{
    private readonly Option<string> _device = OptionOf.Choice("--device", "Where the fallback runs.", "cpu", "cuda");
    private readonly Option<bool> _keepGroups = new("--keep-groups")
    {
        Description = "Run each group as a step of its own even without an engine, to test the partition.",
    };
    private readonly Option<bool> _isolate = new("--isolate")
    {
        Description = "Try each session and each engine in a process of its own first, because ONNX Runtime or TensorRT may crash.",
    };
    private readonly Option<int> _threads = OptionOf.Number("--threads", "N", "Threads of one operator; 0: one for each core.", 0);
    private readonly Option<int> _streams = OptionOf.Number(
        "--streams", "N", "Runs at the same time; 0: one for each core, or one on CUDA.", 0);
    private readonly Option<string> _tf32;
    private readonly Option<bool> _nhwc = new("--nhwc") { Description = "Convolutions with channels last." };
    private readonly Option<string> _graphs = OptionOf.Choice(
        "--cuda-graphs", "Record work of static shapes once and replay it.", "on", "off");
    private readonly Option<string> _outOfMemory = OptionOf.Choice(
        "--out-of-memory", "What to do with a step that does not fit into device memory.", "fail", "cpu");

    /// <summary>Adds the options to a command.</summary>
    /// <param name="command">The command.</param>
    /// <param name="tf32">The default of --tf32: off where numbers are compared, on where time is measured, as in ONNX Runtime.</param>
    /// <param name="runsModel">Whether the command runs a model in a session of ours.</param>
    public SessionArguments(GpcCommand command, bool tf32, bool runsModel = true)
    {
        _tf32 = OptionOf.Choice(
            "--tf32", "Let products of float32 round their factors to 10 bits: several times faster.", tf32 ? ["on", "off"]
                : ["off", "on"]);
        command.Add(OptionGroup.Common, _device);
        command.Add(OptionGroup.Running, _threads);
        command.Add(OptionGroup.Cuda, _tf32, _nhwc);
        OptionOf.Refuse(command, result => result.GetValue(_device) == "cuda" ? null : $"without {_device.Name} cuda", _nhwc);
        if (!runsModel) return;
        command.Add(OptionGroup.Running, _keepGroups, _isolate, _streams);
        command.Add(OptionGroup.Cuda, _graphs, _outOfMemory);
    }

    /// <summary>The options of the command line.</summary>
    public ModelSessionOptions Options(ParseResult parsed) => new()
    {
        Device = parsed.GetRequiredValue(_device) == "cuda" ? Device.Cuda : Device.Cpu,
        KeepGroups = parsed.GetValue(_keepGroups),
        Probe = parsed.GetValue(_isolate) ? new ProcessProbe() : null,
        Threads = parsed.GetValue(_threads),
        Tf32 = Tf32(parsed),
        Nhwc = parsed.GetValue(_nhwc),
        CudaGraphs = parsed.GetValue(_graphs) is null or "on",
        OutOfMemory = parsed.GetValue(_outOfMemory) == "cpu" ? OutOfMemoryPolicy.RunOnCpu : OutOfMemoryPolicy.Fail,
        Contexts = parsed.GetValue(_streams),
    };

    /// <summary>Whether float32 products may use TF32.</summary>
    public bool Tf32(ParseResult parsed) => parsed.GetRequiredValue(_tf32) == "on";
}
