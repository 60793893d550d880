namespace GraphPartition.TensorRt;

/// <summary>Faults of TensorRT and of its engines. No number is used again for something else.</summary>
public static class TensorRtCodes
{
    /// <summary>No usable TensorRT library was found.</summary>
    public static readonly DiagnosticCode NoTensorRt = new("GP4001", "TensorRT is not installed",
        "install TensorRT 8.5-8.6, 10 or 11 (not 8.6.0, 9.x, 10.8.0) and set TENSORRT_HOME to its folder ('gpc doctor' shows "
            + "the search); without TensorRT, models run on ONNX Runtime", Severity.Warning);
    /// <summary>A TensorRT library does not behave as its version says.</summary>
    public static readonly DiagnosticCode TensorRtUnknown = new("GP4002", "TensorRT does not behave as its version says",
        "install an unmodified release; report this message with the version");
    /// <summary>TensorRT is installed without its ONNX parser, or with the parser of another release.</summary>
    public static readonly DiagnosticCode NoOnnxParser = new("GP4003", "TensorRT's ONNX parser is missing",
        "put libnvonnxparser of the same TensorRT release into the same folder; existing engines run without it");
    /// <summary>TensorRT could not create one of its objects.</summary>
    public static readonly DiagnosticCode TensorRtFailed = new("GP4006", "TensorRT failed",
        "see TensorRT's log in this message; often the driver is too old for this release, or the device is out of memory");
    /// <summary>TensorRT's ONNX parser rejects the graph.</summary>
    public static readonly DiagnosticCode ParserRejected = new("GP4007", "TensorRT's ONNX parser rejects the graph",
        "send the named node to the fallback (--exclude), or use a TensorRT release that supports it");
    /// <summary>TensorRT parsed the graph but could not build an engine.</summary>
    public static readonly DiagnosticCode BuildFailed = new("GP4008", "TensorRT could not build the engine",
        "see TensorRT's log; raise the workspace limit if a tactic ran out of memory, or send the named node to the fallback "
            + "(--exclude)");
    /// <summary>The loaded release does not have this build option.</summary>
    public static readonly DiagnosticCode OptionUnavailable = new("GP4009", "the build option is not available",
        "drop the option, or use a TensorRT release that has it");
    /// <summary>Shape ranges are missing or contradict each other.</summary>
    public static readonly DiagnosticCode BadShapeProfile = new("GP4010", "a shape range is wrong",
        "give every dynamic input shapes of the same rank, with min <= opt <= max");
    /// <summary>An engine takes sizes from the values of an input, and the profile has none.</summary>
    public static readonly DiagnosticCode ShapeValuesMissing = new("GP4033", "an engine takes sizes from the values of an input",
        "give the range of the values with --min-shapes, --opt-shapes and --max-shapes NAME:VALUExVALUE");
    /// <summary>An engine does not load on this machine.</summary>
    public static readonly DiagnosticCode EngineRefused = new("GP4011", "an engine does not load on this machine",
        "build it again here: an engine belongs to one TensorRT release and one GPU architecture unless it was built as "
            + "compatible");
    /// <summary>An engine was loaded, but a run of it failed.</summary>
    public static readonly DiagnosticCode EngineRunFailed = new("GP4012", "an engine failed to run",
        "compare the shapes with the engine's ranges, and see TensorRT's log");
    /// <summary>A timing cache is damaged, or belongs to another release or device.</summary>
    public static readonly DiagnosticCode TimingCacheRefused = new("GP4013", "a timing cache cannot be used",
        "you need to do nothing: it is replaced, and this build takes longer", Severity.Warning);
    /// <summary>The engine cache cannot be read or written.</summary>
    public static readonly DiagnosticCode CacheUnavailable = new("GP4014", "the engine cache cannot be used",
        "check the permissions and the free space of the folder, or choose another folder", Severity.Warning);
    /// <summary>An entry of the engine cache is damaged.</summary>
    public static readonly DiagnosticCode CacheEntryDamaged = new("GP4015", "an entry of the engine cache is damaged",
        "you need to do nothing: the entry is removed and the engine is built again", Severity.Warning);
    /// <summary>The binding does not know the calling convention of this platform.</summary>
    public static readonly DiagnosticCode PlatformUnsupported = new("GP4016", "TensorRT cannot be called on this platform",
        "use Linux on x64; elsewhere models run on ONNX Runtime", Severity.Warning);
    /// <summary>Engines are required, but there are none.</summary>
    public static readonly DiagnosticCode EnginesRequired = new("GP4020", "engines are required, but there are none",
        "see the reasons in this message; --engines auto compiles the model without engines");
    /// <summary>No engine of a group fits this machine.</summary>
    public static readonly DiagnosticCode NoEngineFits = new("GP4021", "no engine of the model fits this machine",
        "add one with 'gpc compile FILE --add-engine -o FILE'; until then the groups fall back", Severity.Warning);

    /// <summary>TensorRT ended the process in which it built an engine.</summary>
    public static readonly DiagnosticCode BuilderCrashed = new("GP4040", "TensorRT crashed while it built an engine",
        "you need to do nothing: the group or the node falls back; report the message to NVIDIA. --in-process lets a debugger see the crash");
    /// <summary>A build took longer than its limit.</summary>
    public static readonly DiagnosticCode BuildTimedOut = new("GP4041", "a build took too long, so it was stopped",
        "give more time (--build-timeout SECONDS, or off); until then the group falls back");
    /// <summary>A build took more host memory than its limit.</summary>
    public static readonly DiagnosticCode BuildTookMemory = new("GP4042", "a build took too much memory, so it was stopped",
        "give more memory (--build-memory SIZE, or off), or smaller groups (--max-nodes); until then the group falls back");
    /// <summary>The process that builds engines cannot be started or does not answer as it should.</summary>
    public static readonly DiagnosticCode WorkerUnusable = new("GP4043", "the engine worker cannot be used",
        "see the message; it must be of the same version as this program. --in-process builds without a worker");
    /// <summary>The command that builds engines does not give one.</summary>
    public static readonly DiagnosticCode BuilderCommandFailed = new("GP4044", "the builder command gives no engine",
        "run the command of the message by hand; it must write the engine to the file that {engine} stands for and end with exit code 0");
    /// <summary>A library of plugins cannot be used.</summary>
    public static readonly DiagnosticCode BadPlugin = new("GP4030", "the library of plugins cannot be used",
        "give a shared library that was built for this release of TensorRT and brings plugins of its own (--plugin LIBRARY)");
}
