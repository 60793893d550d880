namespace GraphPartition.Foundation;

/// <summary>Every kind of diagnostic. A number is never used again for something else.</summary>
public static class Codes
{
    // ---- GP1xxx: import -------------------------------------------------------------------------------------------

    /// <summary>The file is missing, is a folder, or cannot be read.</summary>
    public static readonly DiagnosticCode CannotRead = new("GP1001", "the file cannot be read",
        "check the path and the permissions");

    /// <summary>The bytes are not an ONNX model.</summary>
    public static readonly DiagnosticCode NotAModel = new("GP1002", "the file is not an ONNX model",
        "check that the file is complete and that it is an ONNX model (a binary protobuf)");

    /// <summary>The importer does not know the opset version.</summary>
    public static readonly DiagnosticCode UnsupportedOpset = new("GP1003", "the opset version is not supported",
        "export the model again with a supported opset version");

    /// <summary>A node uses a value that no input, constant or earlier node defines.</summary>
    public static readonly DiagnosticCode UndefinedValue = new("GP1004", "a value is used but not defined",
        "repair the model: the program that exported it has a bug");

    /// <summary>A node uses a value before the node that defines it.</summary>
    public static readonly DiagnosticCode NotSorted = new("GP1005", "a value is used before it is defined",
        "sort the nodes in topological order, as ONNX requires");

    /// <summary>Nodes depend on each other in a cycle.</summary>
    public static readonly DiagnosticCode Cycle = new("GP1006", "the graph has a cycle",
        "repair the model: no order of execution exists");

    /// <summary>Two nodes, inputs or constants define the same value.</summary>
    public static readonly DiagnosticCode DefinedTwice = new("GP1007", "a value is defined twice",
        "give each value a name of its own");

    /// <summary>The bytes of an initializer do not fit its shape.</summary>
    public static readonly DiagnosticCode BadTensor = new("GP1008", "the data of a tensor does not fit its type",
        "write the tensor again: the file is damaged, or the program that wrote it has a bug");

    /// <summary>External data is missing, or its path leads out of the model's folder.</summary>
    public static readonly DiagnosticCode BadExternalData = new("GP1009", "external data cannot be used",
        "put the data file into the model's folder and refer to it by a relative path");

    /// <summary>A part of the file is wrong or unknown.</summary>
    public static readonly DiagnosticCode BadConstruct = new("GP1010", "a part of the model is wrong",
        "repair the model: the program that exported it has a bug");

    /// <summary>Subgraphs or functions are nested too deep, or functions call each other in a circle.</summary>
    public static readonly DiagnosticCode TooDeep = new("GP1011", "the nesting is too deep",
        "flatten the model: subgraphs and function calls may be nested 64 levels deep");

    /// <summary>The opset to be written cannot express a node.</summary>
    public static readonly DiagnosticCode CannotExport = new("GP1012", "a node cannot be expressed in the requested opset",
        "choose another opset version, or do not choose one");

    /// <summary>The model says how it is spread over several devices (ModelProto.configuration, since ONNX 1.18).</summary>
    public static readonly DiagnosticCode DeviceConfigurations = new("GP1013", "the device configurations of the model are dropped",
        "for one device you need to do nothing; for several, write them again for the nodes and values of the compiled model",
        Severity.Warning);

    // ---- GP11xx: import of MindIR -----------------------------------------------------------------------------------

    /// <summary>The bytes are not a MindIR model.</summary>
    public static readonly DiagnosticCode NotMindIr = new("GP1101", "the file is not a MindIR model",
        "check that the file is complete and was written by mindspore.export(..., file_format='MINDIR')");

    /// <summary>The importer does not know this MindIR version, byte order or kind of file.</summary>
    public static readonly DiagnosticCode UnsupportedMindIr = new("GP1102", "this kind of MindIR file is not supported",
        "export the network again with MindSpore 1.1 to 2.7, on a little-endian machine and for one device");

    /// <summary>The file is encrypted, and the key is missing or wrong.</summary>
    public static readonly DiagnosticCode WrongKey = new("GP1103", "the file is encrypted and the key does not fit",
        "give the file with the 16, 24 or 32 bytes that were enc_key at export (gpc: --mindir-key-file)");

    /// <summary>The importer cannot decrypt this kind of encryption.</summary>
    public static readonly DiagnosticCode UnsupportedCipher = new("GP1104", "the encryption is not supported",
        "export the network without encryption, or with enc_mode='AES-GCM'");

    /// <summary>No row of the table converts the primitive.</summary>
    public static readonly DiagnosticCode UnknownPrimitive = new("GP1105", "the primitive is not known",
        "replace the operator in the network, or add a row to a file in compiler/MindIr/Primitives");

    /// <summary>The primitive is known, but the importer cannot convert this use of it.</summary>
    public static readonly DiagnosticCode UnsupportedUse = new("GP1106", "this use of the primitive is not supported",
        "change the network as the message says, or extend the row in compiler/MindIr/Primitives");

    /// <summary>A construct of Python or of training, which exported inference networks do not have.</summary>
    public static readonly DiagnosticCode TrainingConstruct = new("GP1107", "the network has a construct of training or of Python",
        "export the network for inference: call set_train(False) on the cell before mindspore.export");

    /// <summary>A graph calls itself in a way that is not a loop. MindIR writes loops as recursion.</summary>
    public static readonly DiagnosticCode Recursion = new("GP1108", "the recursion is not a loop",
        "write the loop without break and return, or give it a constant trip count, so that MindSpore unrolls it");

    /// <summary>Weights are compressed or quantized.</summary>
    public static readonly DiagnosticCode PackedWeights = new("GP1109", "the weights are compressed or quantized",
        "export the network with plain weights");

    /// <summary>The network changes its own parameters.</summary>
    public static readonly DiagnosticCode Stateful = new("GP1110", "the network changes its state",
        "export an inference network: pass what changes as an input and return it as an output");

    /// <summary>An input or a result is not a tensor, or its type is not known.</summary>
    public static readonly DiagnosticCode UntypedValue = new("GP1111", "a value is not a tensor of known type",
        "export the network with example inputs, so that MindSpore infers types; return tensors only");

    // ---- GP2xxx: types --------------------------------------------------------------------------------------------

    /// <summary>The file declares another type than the operator produces.</summary>
    public static readonly DiagnosticCode DeclaredTypeContradicts = new("GP2001", "a declared type contradicts the operator",
        "remove or repair the declaration (value_info)", Severity.Warning);

    /// <summary>The operator does not accept the type of an input.</summary>
    public static readonly DiagnosticCode InputTypeNotAllowed = new("GP2002", "the type of an input is not allowed",
        "cast the input, or use an operator that accepts its type");

    /// <summary>A required input is missing, or there are too many inputs.</summary>
    public static readonly DiagnosticCode WrongInputs = new("GP2003", "the number of inputs is wrong",
        "give the node the inputs that the operator's documentation lists");

    /// <summary>A required attribute is missing.</summary>
    public static readonly DiagnosticCode MissingAttribute = new("GP2004", "a required attribute is missing",
        "give the node the attribute");

    /// <summary>Shapes of inputs, or a shape and an attribute, contradict each other.</summary>
    public static readonly DiagnosticCode ShapesContradict = new("GP2005", "shapes contradict each other",
        "repair the shapes: no data can satisfy both");

    /// <summary>An attribute has the wrong kind, or a value that the operator does not know.</summary>
    public static readonly DiagnosticCode WrongAttribute = new("GP2006", "an attribute is wrong",
        "give the attribute a value that the operator's documentation allows");

    /// <summary>Inputs that must have the same element type have different ones.</summary>
    public static readonly DiagnosticCode InputTypesDiffer = new("GP2007", "inputs must have the same type and do not",
        "cast one of them to the type of the other");

    /// <summary>A node has more outputs than its operator.</summary>
    public static readonly DiagnosticCode TooManyOutputs = new("GP2008", "there are too many outputs",
        "remove the outputs that the operator does not have");

    /// <summary>A file of operators (<c>--operators</c>) is wrong.</summary>
    public static readonly DiagnosticCode BadOperatorsFile = new("GP2009", "the operators file is wrong",
        "repair the line; compiler/Operators/README.md describes the format");

    /// <summary>The operator table has no such operator.</summary>
    public static readonly DiagnosticCode UnknownOperator = new("GP2010", "the operator is not known",
        "see 'gpc operators' for all names; add your own with --operators FILE");

    /// <summary>Shapes in a subgraph contradict each other. The subgraph may never run with them.</summary>
    public static readonly DiagnosticCode BodyContradicts = new("GP2011", "shapes in a subgraph contradict each other",
        "do nothing if the branch or loop never runs with these shapes; otherwise repair them", Severity.Warning);

    /// <summary>Two nodes need different types of one value.</summary>
    public static readonly DiagnosticCode TypesContradict = new("GP2012", "two nodes need different types of one value",
        "repair one of the two nodes, or the operator whose result they use");

    // ---- GP3xxx: partition ----------------------------------------------------------------------------------------

    /// <summary>The value of --support, or a line of the support file, is wrong.</summary>
    public static readonly DiagnosticCode BadSupport = new("GP3001", "the value of --support is wrong",
        "use table, all, none, random:SEED:P with 0 <= P <= 1, or a file of 'op NAME' and 'node NAME' lines");

    /// <summary>No table knows the target.</summary>
    public static readonly DiagnosticCode UnknownTarget = new("GP3002", "the target is not known",
        "name a known release, for instance tensorrt-10.16");

    /// <summary>No pass has this name.</summary>
    public static readonly DiagnosticCode UnknownPass = new("GP3003", "the pass is not known",
        "use a name from 'gpc plan --help', or standard, exact or none");

    /// <summary>A constant expression could not be computed.</summary>
    public static readonly DiagnosticCode NotEvaluated = new("GP3004", "a constant expression could not be computed",
        "you need to do nothing: its nodes stay in the model", Severity.Warning);

    /// <summary>The model has no node with this name.</summary>
    public static readonly DiagnosticCode UnknownNode = new("GP3005", "the model has no such node",
        "use a name that 'gpc plan --json' or 'gpc inspect --graph' prints");

    /// <summary>Constraints contradict each other or the model.</summary>
    public static readonly DiagnosticCode ContradictoryConstraints = new("GP3006", "the constraints contradict each other",
        "drop one of the two constraints");

    /// <summary>No plan can keep this limit.</summary>
    public static readonly DiagnosticCode BadLimit = new("GP3007", "a limit is out of range",
        "use maximum values of at least 1 and minimum values of at least 0; a minimum must not exceed its maximum");

    /// <summary>A selector, or a line of an assignment file, is wrong.</summary>
    public static readonly DiagnosticCode BadSelector = new("GP3008", "the selection of nodes is wrong",
        "use a node name, a pattern with * and ?, op:NAME or domain:NAME; lines of an assignment file are 'engine NAME "
            + "SELECTOR' or 'fallback SELECTOR'");

    /// <summary>A device profile (cost parameters) is wrong.</summary>
    public static readonly DiagnosticCode BadDeviceProfile = new("GP3009", "the device profile is wrong",
        "write it with 'gpc calibrate'; all speeds must be above 0");

    /// <summary>A plan file is wrong, or its proof does not hold.</summary>
    public static readonly DiagnosticCode BadPlanFile = new("GP3010", "the plan file is wrong",
        "write it again with 'gpc plan MODEL -o PLAN'");

    /// <summary>A plan was made for another model.</summary>
    public static readonly DiagnosticCode OtherModel = new("GP3011", "the plan belongs to another model",
        "use the plan file of this model, or write one with 'gpc plan MODEL -o PLAN'");

    /// <summary>Options of the command line are missing, wrong, or do not fit the file.</summary>
    public static readonly DiagnosticCode BadOption = new("GP3012", "an option is wrong",
        "see 'gpc COMMAND --help' or docs/command-line.md");

    // ---- GP4xxx: engine -------------------------------------------------------------------------------------------

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

    /// <summary>The CUDA driver or a device is missing.</summary>
    public static readonly DiagnosticCode NoCudaDevice = new("GP4004", "there is no usable CUDA device",
        "install the NVIDIA driver; check that nvidia-smi lists a device and that CUDA_VISIBLE_DEVICES does not hide it");

    /// <summary>A call of the CUDA driver failed.</summary>
    public static readonly DiagnosticCode CudaFailed = new("GP4005", "a CUDA call failed",
        "see the message; if memory ran out, free device memory or lower the workspace limit");

    /// <summary>TensorRT could not create one of its objects.</summary>
    public static readonly DiagnosticCode TensorRtFailed = new("GP4006", "TensorRT failed",
        "see TensorRT's log above; often the driver is too old for this release, or the device is out of memory");

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

    /// <summary>The installed parser rejects a node that the operator table allows.</summary>
    public static readonly DiagnosticCode TableDisagrees = new("GP4017", "TensorRT's parser rejects a node that the operator table allows",
        "you need to do nothing: the node falls back; please report it, because the table is wrong", Severity.Warning);

    /// <summary>TensorRT cannot build an engine with a node, so the node falls back.</summary>
    public static readonly DiagnosticCode NodeMoved = new("GP4018", "TensorRT cannot build an engine with a node, so the node falls back",
        "you need to do nothing: the rest of its group has an engine; report TensorRT's log to NVIDIA if the operator should "
            + "work", Severity.Warning);

    /// <summary>A group has no engine.</summary>
    public static readonly DiagnosticCode GroupWithoutEngine = new("GP4019", "a group has no engine",
        "see the message; the group falls back and gives the same results", Severity.Warning);

    /// <summary>Engines are required, but there are none.</summary>
    public static readonly DiagnosticCode EnginesRequired = new("GP4020", "engines are required, but there are none",
        "see the messages above; --engines auto compiles the model without engines");

    /// <summary>No engine of a group fits this machine.</summary>
    public static readonly DiagnosticCode NoEngineFits = new("GP4021", "no engine of the model fits this machine",
        "add one with 'gpc compile FILE --add-engine -o FILE'; until then the groups fall back", Severity.Warning);

    /// <summary>An engine rejects the shapes of a run, so the portable form of the group runs.</summary>
    public static readonly DiagnosticCode OutsideProfile = new("GP4022", "an input shape is outside the range of an engine",
        "you need to do nothing: the results are the same; for more speed compile again with wider --min-shapes and "
            + "--max-shapes", Severity.Warning);

    /// <summary>An engine was built from other nodes or weights than those beside it.</summary>
    public static readonly DiagnosticCode StaleEngine = new("GP4023", "an engine does not belong to its group",
        "build engines of the present nodes and weights with 'gpc compile FILE --add-engine -o FILE'; until then the group falls back",
        Severity.Warning);

    // ---- GP5xxx: runtime ------------------------------------------------------------------------------------------

    /// <summary>Parts of a compiled model do not fit each other or their hashes.</summary>
    public static readonly DiagnosticCode DamagedPackage = new("GP5001", "the compiled model is damaged",
        "compile the model again");

    /// <summary>This version does not know the format of the compiled model.</summary>
    public static readonly DiagnosticCode UnknownPackageFormat = new("GP5002", "the format of the compiled model is not known",
        "run it with the version of gpc that wrote it, or compile the model again");

    /// <summary>No executor knows the operator.</summary>
    public static readonly DiagnosticCode NotExecutable = new("GP5003", "no executor knows the operator",
        "provide the operator in a library of custom operators, or replace it in the model");

    /// <summary>An input is missing, unknown, or has the wrong type or shape.</summary>
    public static readonly DiagnosticCode BadInput = new("GP5004", "an input does not fit",
        "give every input of the model, with the type and shape that it declares");

    /// <summary>An output file cannot be written.</summary>
    public static readonly DiagnosticCode CannotWrite = new("GP5005", "the file cannot be written",
        "check the path, the permissions and the free space");

    /// <summary>ONNX Runtime failed.</summary>
    public static readonly DiagnosticCode RuntimeFailed = new("GP5006", "ONNX Runtime failed",
        "see its message; check that the model runs in plain ONNX Runtime");

    /// <summary>The device is not available.</summary>
    public static readonly DiagnosticCode NoDevice = new("GP5007", "the device is not available",
        "use --device cpu, or install the libraries that the message names");

    /// <summary>A test data set cannot be read or does not fit the model.</summary>
    public static readonly DiagnosticCode BadTestData = new("GP5008", "the test data cannot be used",
        "give a folder with input_<i>.pb and output_<i>.pb in ONNX test-data form");

    /// <summary>An allocation on the device failed.</summary>
    public static readonly DiagnosticCode OutOfDeviceMemory = new("GP5009", "the device is out of memory",
        "free device memory, use smaller shapes or fewer contexts, or run steps that do not fit on the CPU (--out-of-memory "
            + "cpu)");

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
}
