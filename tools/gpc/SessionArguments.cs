using System.CommandLine;
using GraphPartition.Runtime.Options;

namespace GraphPartition.Gpc;

/// <summary>How the fallback executor runs: options of the commands that execute.</summary>
internal sealed class SessionArguments
{
    private readonly Option<string> _device = new("--device") { Description = "Where fallback segments run.", DefaultValueFactory = _ => "cpu" };
    private readonly Option<bool> _keepGroups = new("--keep-groups")
    {
        Description = "Keep every group a step of its own, even without an engine (to test the boundaries).",
    };
    private readonly Option<int> _threads = new("--threads") { Description = "Threads of one operator; 0: one per core." };
    private readonly Option<string> _tf32;
    private readonly Option<bool> _nhwc = new("--nhwc") { Description = "CUDA: convolutions with channels last." };
    private readonly Option<string> _graphs = new("--cuda-graphs") { Description = "CUDA: on | off: record work of static shapes and replay it.", DefaultValueFactory = _ => "on" };
    private readonly Option<string> _outOfMemory = new("--out-of-memory")
    {
        Description = "CUDA: fail | cpu: what happens to a step for which the device has no memory.",
        DefaultValueFactory = _ => "fail",
    };
    private readonly Option<int> _streams = new("--streams") { Description = "Runs at once; 0: one per core on the CPU, one on CUDA." };

    /// <summary>Adds the options to a command.</summary>
    /// <param name="command">The command.</param>
    /// <param name="tf32">The default of --tf32: off where numbers are compared, on where time is, as it is in ONNX Runtime.</param>
    public SessionArguments(Command command, string tf32)
    {
        _tf32 = new("--tf32") { Description = "CUDA: on | off: products of float32 with factors of 10 bits, several times faster.", DefaultValueFactory = _ => tf32 };
        _device.AcceptOnlyFromAmong("cpu", "cuda");
        _tf32.AcceptOnlyFromAmong("on", "off");
        _graphs.AcceptOnlyFromAmong("on", "off");
        _outOfMemory.AcceptOnlyFromAmong("fail", "cpu");
        foreach (Option option in new Option[] { _device, _keepGroups, _threads, _tf32, _nhwc, _graphs, _outOfMemory, _streams }) command.Add(option);
    }

    public ModelSessionOptions Options(ParseResult parsed) => new()
    {
        Device = parsed.GetRequiredValue(_device) == "cuda" ? Device.Cuda : Device.Cpu,
        KeepGroups = parsed.GetValue(_keepGroups),
        Threads = parsed.GetValue(_threads),
        Tf32 = parsed.GetRequiredValue(_tf32) == "on",
        Nhwc = parsed.GetValue(_nhwc),
        CudaGraphs = parsed.GetRequiredValue(_graphs) == "on",
        OutOfMemory = parsed.GetRequiredValue(_outOfMemory) == "cpu" ? OutOfMemoryPolicy.RunOnCpu : OutOfMemoryPolicy.Fail,
        Contexts = parsed.GetValue(_streams),
    };
}
