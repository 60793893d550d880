namespace GraphPartition.Runtime.Diagnostics;

/// <summary>Faults of sessions and runs. No number is used again for something else.</summary>
public static class RuntimeCodes
{
    /// <summary>An engine rejects the shapes of a run, so the portable form of the group runs.</summary>
    public static readonly DiagnosticCode OutsideProfile = new("GP4022", "an input shape is outside the range of an engine",
        "you need to do nothing: the results are the same; for more speed compile again with wider --min-shapes and "
            + "--max-shapes", Severity.Warning);
    /// <summary>No executor knows the operator.</summary>
    public static readonly DiagnosticCode NotExecutable = new("GP5003", "no executor knows the operator",
        "give the library that has it (--custom-ops LIBRARY), define it as a function in the model, or compute it in C# "
            + "(ModelSessionOptions.Kernels)");
    /// <summary>An input is missing, unknown, or has the wrong type or shape.</summary>
    public static readonly DiagnosticCode BadInput = new("GP5004", "an input does not fit",
        "give every input of the model, with the type and shape that it declares; sizes that --input-shapes or --opt-shapes fixed "
            + "stay until you compile again");
    /// <summary>ONNX Runtime failed in a run.</summary>
    public static readonly DiagnosticCode RuntimeFailed = new("GP5006", "ONNX Runtime failed",
        "see its message: often an input does not fit the model, so give other values or sizes (--input, --input-shapes, --test-data)");
    /// <summary>ONNX Runtime creates no session of the model.</summary>
    public static readonly DiagnosticCode RuntimeRefuses = new("GP5032", "ONNX Runtime refuses the model",
        "change the node that the message names, or express it in other operators: this version of ONNX Runtime does not run it; or compute it "
            + "in C# (ModelSessionOptions.Kernels); an engine runs its nodes without ONNX Runtime (gpc compile on a machine with TensorRT)");
    /// <summary>The device is not available.</summary>
    public static readonly DiagnosticCode NoDevice = new("GP5007", "the device is not available",
        "use --device cpu, or install the libraries that the message names");
    /// <summary>An allocation on the device failed.</summary>
    public static readonly DiagnosticCode OutOfDeviceMemory = new("GP5009", "the device is out of memory",
        "free device memory, use smaller shapes or fewer contexts, or run steps that do not fit on the CPU (--out-of-memory "
            + "cpu)");
    /// <summary>The machine is out of memory.</summary>
    public static readonly DiagnosticCode OutOfMemory = new("GP5031", "the machine is out of memory",
        "use smaller shapes (--input-shapes), fewer runs at the same time (--streams), or a machine with more memory");
    /// <summary>A checked value is NaN or infinite.</summary>
    public static readonly DiagnosticCode NotFinite = new("GP5010", "a value is not finite",
        "look at the step that computes it: its inputs were finite");
    /// <summary>Requests cannot be stacked into one batch.</summary>
    public static readonly DiagnosticCode NotBatchable = new("GP5011", "the model cannot be batched",
        "export it with one open, named batch dimension in front of every input and output, and compute each row of it alone; "
            + "BatchingOptions.AllowUnproven batches it where you know that rows do not meet");
    /// <summary>A batch gives other results than its requests give alone.</summary>
    public static readonly DiagnosticCode BatchDiffers = new("GP5012", "a batch gives other results than its requests give alone",
        "run requests one by one: rows of the batch depend on each other; if the results differ by rounding only, set a wider "
            + "BatchingOptions.CheckTolerance");

    /// <summary>As many requests wait as may wait.</summary>
    public static readonly DiagnosticCode QueueFull = new("GP5017", "too many requests wait",
        "send the request again later, or allow a longer queue (BatchingOptions.MaxQueue), more contexts or larger batches");

    /// <summary>A request waited longer than it may.</summary>
    public static readonly DiagnosticCode WaitedTooLong = new("GP5018", "a request waited for too long",
        "send the request again later with a longer time-out, or allow more contexts or larger batches");

    /// <summary>A library of custom operators cannot be used.</summary>
    public static readonly DiagnosticCode BadCustomOperators = new("GP5020", "the library of custom operators cannot be used",
        "give a shared library for this system that exports RegisterCustomOps, built for this ONNX Runtime or an older one, and brings "
            + "each operator once");

    /// <summary>A value between steps, an input or an output has a type that nothing carries to ONNX Runtime.</summary>
    public static readonly DiagnosticCode NotCarried = new("GP5013", "ONNX Runtime's C# API cannot hold a value of this type",
        "cast the value to a wider type in the model, or keep the nodes around it in one step (without --keep-groups)");

    /// <summary>Nodes of a narrow float type are computed in float32.</summary>
    public static readonly DiagnosticCode Widened = new("GP5014", "ONNX Runtime has no kernels for a narrow float type here",
        "you need to do nothing: such nodes are computed in float32, with casts at the borders of their step", Severity.Note);

    /// <summary>A session was created at a lower level of optimization, because ONNX Runtime crashes at a higher one.</summary>
    public static readonly DiagnosticCode LowerLevel = new("GP5015", "ONNX Runtime crashes on nodes of a segment",
        "you need to do nothing here; without --isolate the process would end", Severity.Warning);

    /// <summary>ONNX Runtime crashes at each level of optimization.</summary>
    public static readonly DiagnosticCode Crash = new("GP5016", "ONNX Runtime crashes on the model",
        "express the named nodes in another way, or try another version of ONNX Runtime");

    /// <summary>A C# kernel failed.</summary>
    public static readonly DiagnosticCode KernelFailed = new("GP5022", "a C# kernel failed",
        "repair the kernel; the message is that of its exception");

    /// <summary>Two C# kernels compute one operator.</summary>
    public static readonly DiagnosticCode KernelsContradict = new("GP5023", "the C# kernels contradict each other",
        "give one kernel for each operator");

    /// <summary>The inputs that were made up for a run do not fit the model.</summary>
    public static readonly DiagnosticCode NotMadeUp = new("GP5030", "no inputs could be made up with which the model runs",
        "give inputs: --input NAME=VALUE or NAME=FILE.npy, or --test-data DIR; or give sizes: --input-shapes x:1x3x224x224 or --dim NAME=SIZE");
}
