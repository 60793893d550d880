namespace GraphPartition.Foundation;

/// <summary>Every kind of diagnostic, in one place. Numbers are never reused.</summary>
public static class Codes
{
    // ---- GP1xxx: import -------------------------------------------------------------------------------------------

    /// <summary>The model file is missing, a directory, or cannot be read.</summary>
    public static readonly DiagnosticCode CannotRead = new("GP1001", "the file cannot be read", "check the path and its permissions");

    /// <summary>The bytes are no ONNX model.</summary>
    public static readonly DiagnosticCode NotAModel = new("GP1002", "not an ONNX model", "check that the file is complete and is an ONNX model (a binary protobuf)");

    /// <summary>The opset is one that this version does not know.</summary>
    public static readonly DiagnosticCode UnsupportedOpset = new("GP1003", "unsupported opset version", "export the model with a supported opset version");

    /// <summary>A value is used that no input, constant or earlier node defines.</summary>
    public static readonly DiagnosticCode UndefinedValue = new("GP1004", "a value is used but not defined", "repair the model; the exporter that wrote it has a fault");

    /// <summary>A value is used before the node that defines it.</summary>
    public static readonly DiagnosticCode NotSorted = new("GP1005", "a value is used before it is defined", "ONNX wants nodes in topological order: sort them");

    /// <summary>Nodes depend on each other in a cycle.</summary>
    public static readonly DiagnosticCode Cycle = new("GP1006", "the graph has a cycle", "repair the model: no order of execution exists");

    /// <summary>A value is defined twice.</summary>
    public static readonly DiagnosticCode DefinedTwice = new("GP1007", "a value is defined twice", "give each value one definition and a name of its own");

    /// <summary>An initializer's bytes and its shape do not fit.</summary>
    public static readonly DiagnosticCode BadTensor = new("GP1008", "a tensor's data does not fit its type", "write the tensor anew: the file is damaged or its writer has a fault");

    /// <summary>External data leads out of the model's directory or is not there.</summary>
    public static readonly DiagnosticCode BadExternalData = new("GP1009", "external data cannot be used", "put the data file beside the model, by a relative path inside its directory");

    /// <summary>A construct of the format that is wrong or unknown.</summary>
    public static readonly DiagnosticCode BadConstruct = new("GP1010", "the model has a construct that is wrong", "repair the model; the exporter that wrote it has a fault");

    /// <summary>Bodies or functions are nested too deep, or functions call each other in a circle.</summary>
    public static readonly DiagnosticCode TooDeep = new("GP1011", "nested too deep", "flatten the model: bodies and function calls may be nested at most 64 deep");

    /// <summary>A node that the opset to be written has no words for.</summary>
    public static readonly DiagnosticCode CannotExport = new("GP1012", "a node cannot be said in the opset asked for", "export with another opset version, or leave the choice to the tool");

    /// <summary>The model says how it is spread over several devices (ModelProto.configuration, since ONNX 1.18).</summary>
    public static readonly DiagnosticCode DeviceConfigurations = new("GP1013", "the model's device configurations are left out", "nothing, for one device; else write them anew for the compiled model, whose nodes and values are others", Severity.Warning);

    // ---- GP11xx: import of MindIR -----------------------------------------------------------------------------------

    /// <summary>The bytes are no MindIR model.</summary>
    public static readonly DiagnosticCode NotMindIr = new("GP1101", "not a MindIR model", "check that the file is complete and was written by mindspore.export(..., file_format='MINDIR')");

    /// <summary>A MindIR version, byte order or kind of file that is not known.</summary>
    public static readonly DiagnosticCode UnsupportedMindIr = new("GP1102", "a kind of MindIR file that is not supported", "export the network again, on a little-endian machine and for one device, with MindSpore 1.1 to 2.7");

    /// <summary>The file is encrypted, and the key is missing or wrong.</summary>
    public static readonly DiagnosticCode WrongKey = new("GP1103", "the file is encrypted", "give the file that holds the key: the 16, 24 or 32 bytes that were enc_key at export (gpc: --mindir-key-file)");

    /// <summary>The file is encrypted in a way that cannot be undone here.</summary>
    public static readonly DiagnosticCode UnsupportedCipher = new("GP1104", "an encryption that is not supported", "export the network without encryption or with enc_mode='AES-GCM'");

    /// <summary>A primitive that no row of the table converts.</summary>
    public static readonly DiagnosticCode UnknownPrimitive = new("GP1105", "a primitive that is not known", "replace the operator in the network, or add a row for it to a file in compiler/MindIr/Primitives: its name, its arguments in order, and a function that emits ONNX operators");

    /// <summary>A primitive that is used in a way that its row cannot convert.</summary>
    public static readonly DiagnosticCode UnsupportedUse = new("GP1106", "a primitive is used in a way that is not supported", "change the network as the message says, or extend the primitive's row in compiler/MindIr/Primitives");

    /// <summary>A construct of Python or of training, which no exported inference network has.</summary>
    public static readonly DiagnosticCode TrainingConstruct = new("GP1107", "a construct of training or of Python", "export the network for inference: mindspore.export on a cell with set_train(False)");

    /// <summary>A graph that calls itself, which is how MindIR writes loops.</summary>
    public static readonly DiagnosticCode Recursion = new("GP1108", "a recursion that is no loop", "write the loop so that its body always comes back to its condition (no break, no return from within), or give it a trip count that is constant at export, so that MindSpore unrolls it");

    /// <summary>Weights that are compressed or quantised.</summary>
    public static readonly DiagnosticCode PackedWeights = new("GP1109", "weights are compressed or quantised", "export the network with plain weights, without quantisation or compression");

    /// <summary>A network that changes its own parameters.</summary>
    public static readonly DiagnosticCode Stateful = new("GP1110", "the network changes its state", "export an inference network: pass what changes in and out as inputs and outputs");

    /// <summary>An input or a result that is no tensor, or of which no type is known.</summary>
    public static readonly DiagnosticCode UntypedValue = new("GP1111", "a value that is no tensor of known type", "export the network with example inputs, so that MindSpore infers types; return tensors only");

    // ---- GP2xxx: types --------------------------------------------------------------------------------------------

    /// <summary>The file declares a type that the operator does not give.</summary>
    public static readonly DiagnosticCode DeclaredTypeContradicts = new("GP2001", "a declared type contradicts the operator", "remove the declaration (value_info) or repair it", Severity.Warning);

    /// <summary>An input is of a type that the operator does not take.</summary>
    public static readonly DiagnosticCode InputTypeNotAllowed = new("GP2002", "an input's type is not allowed", "cast the input, or use an operator that takes its type");

    /// <summary>A required input is missing, or there are more inputs than the operator takes.</summary>
    public static readonly DiagnosticCode WrongInputs = new("GP2003", "inputs are missing or too many", "give the node the inputs that its operator's page lists");

    /// <summary>A required attribute is missing.</summary>
    public static readonly DiagnosticCode MissingAttribute = new("GP2004", "a required attribute is missing", "give the node the attribute");

    /// <summary>Shapes of inputs, or a shape and an attribute, contradict each other.</summary>
    public static readonly DiagnosticCode ShapesContradict = new("GP2005", "shapes contradict each other", "repair the shapes: no data can satisfy both");

    /// <summary>An attribute is of another kind than the operator's, or has a value that the operator does not know.</summary>
    public static readonly DiagnosticCode WrongAttribute = new("GP2006", "an attribute is wrong", "give the attribute a value that its operator's page allows");

    /// <summary>Inputs that must be of one element type are of different ones.</summary>
    public static readonly DiagnosticCode InputTypesDiffer = new("GP2007", "inputs of one type variable differ in type", "cast one of them to the type of the other");

    /// <summary>A node has more outputs than its operator.</summary>
    public static readonly DiagnosticCode TooManyOutputs = new("GP2008", "outputs are too many", "remove the outputs that the operator does not have");

    /// <summary>A file of operators (<c>--operators</c>) cannot be understood.</summary>
    public static readonly DiagnosticCode BadOperatorsFile = new("GP2009", "the operators file is wrong", "repair the line: compiler/Operators/README.md describes the form");

    /// <summary>An operator that the table does not have.</summary>
    public static readonly DiagnosticCode UnknownOperator = new("GP2010", "the operator is not known", "'gpc operators' lists all; --operators FILE adds your own");

    /// <summary>Shapes, or a shape and an attribute, contradict each other in a body, which may never run with them.</summary>
    public static readonly DiagnosticCode BodyContradicts = new("GP2011", "a body contradicts itself", "nothing, if the branch or loop never runs with these shapes; else repair them", Severity.Warning);

    // ---- GP3xxx: partition ----------------------------------------------------------------------------------------

    /// <summary>A --support form or file that cannot be understood.</summary>
    public static readonly DiagnosticCode BadSupport = new("GP3001", "the support option cannot be understood", "use table, all, none, random:SEED:P with 0 <= P <= 1, or a file of 'op NAME' and 'node NAME' lines");

    /// <summary>A target that no table knows.</summary>
    public static readonly DiagnosticCode UnknownTarget = new("GP3002", "the target is not known", "name a known release, for instance tensorrt-10.16");

    /// <summary>A pass that nobody knows.</summary>
    public static readonly DiagnosticCode UnknownPass = new("GP3003", "the pass is not known", "name passes as 'gpc plan --help' lists them, or use standard, exact or none");

    /// <summary>A constant expression that could not be computed.</summary>
    public static readonly DiagnosticCode NotEvaluated = new("GP3004", "a constant expression could not be computed", "nothing has to be done: its nodes stay in the model", Severity.Warning);

    /// <summary>A node that the model does not have.</summary>
    public static readonly DiagnosticCode UnknownNode = new("GP3005", "the model has no such node", "give a name as 'gpc plan --json' or 'gpc inspect --graph' prints it");

    /// <summary>Constraints that contradict each other or the model.</summary>
    public static readonly DiagnosticCode ContradictoryConstraints = new("GP3006", "constraints contradict each other", "drop one side of the contradiction");

    /// <summary>A limit that no plan can keep.</summary>
    public static readonly DiagnosticCode BadLimit = new("GP3007", "a limit is out of range", "caps are at least 1, minimum sizes at least 0, and no minimum is above its cap");

    /// <summary>A selector or a line of an assignment file that cannot be understood.</summary>
    public static readonly DiagnosticCode BadSelector = new("GP3008", "a selection of nodes cannot be understood", "give a node name, a pattern with * and ?, op:NAME or domain:NAME; lines of an assignment file are 'engine NAME SELECTOR' or 'fallback SELECTOR'");

    /// <summary>A file with a device's cost parameters that is wrong.</summary>
    public static readonly DiagnosticCode BadDeviceProfile = new("GP3009", "the device profile is wrong", "write it with 'gpc calibrate'; all speeds are above 0");

    /// <summary>A file that is no plan, or a plan that does not hold.</summary>
    public static readonly DiagnosticCode BadPlanFile = new("GP3010", "the plan file is wrong", "write it again with 'gpc plan MODEL -o PLAN'");

    /// <summary>A plan that was made for another model.</summary>
    public static readonly DiagnosticCode OtherModel = new("GP3011", "the plan belongs to another model", "give the plan file of this model, or write one with 'gpc plan MODEL -o PLAN'");

    // ---- GP4xxx: engine -------------------------------------------------------------------------------------------

    /// <summary>No TensorRT library was found that can be used.</summary>
    public static readonly DiagnosticCode NoTensorRt = new("GP4001", "TensorRT is not there", "install TensorRT 8.5-8.6, 10 or 11 (not 8.6.0, 9.x, 10.8.0) and set TENSORRT_HOME to its folder; without it models run on ONNX Runtime", Severity.Warning);

    /// <summary>A TensorRT library does not look the way its version says.</summary>
    public static readonly DiagnosticCode TensorRtUnknown = new("GP4002", "TensorRT does not behave as its version says", "install an unmodified release; report this with the version and the message");

    /// <summary>TensorRT is there but its ONNX parser is not, or does not belong to it.</summary>
    public static readonly DiagnosticCode NoOnnxParser = new("GP4003", "TensorRT's ONNX parser is not there", "install libnvonnxparser of the same TensorRT release into the same folder; engines that are built already run without it");

    /// <summary>The CUDA driver or a device is missing.</summary>
    public static readonly DiagnosticCode NoCudaDevice = new("GP4004", "no usable CUDA device", "install the NVIDIA driver, check that nvidia-smi lists a device and that CUDA_VISIBLE_DEVICES does not hide it");

    /// <summary>A call of the CUDA driver failed.</summary>
    public static readonly DiagnosticCode CudaFailed = new("GP4005", "a CUDA call failed", "see the message; where it is out of memory, free device memory or lower the workspace limit");

    /// <summary>TensorRT could not make one of its objects.</summary>
    public static readonly DiagnosticCode TensorRtFailed = new("GP4006", "TensorRT failed", "see TensorRT's log above; often the driver is too old for this release, or the device is out of memory");

    /// <summary>TensorRT's ONNX parser does not take the graph.</summary>
    public static readonly DiagnosticCode ParserRejected = new("GP4007", "TensorRT's ONNX parser rejects the graph", "move the named node to the fallback, or use a TensorRT release that supports it");

    /// <summary>TensorRT took the graph but could not build an engine.</summary>
    public static readonly DiagnosticCode BuildFailed = new("GP4008", "the engine could not be built", "see TensorRT's log; raise the workspace limit where a tactic ran out of it, or move the named node to the fallback");

    /// <summary>An option asks for something that the loaded release does not have.</summary>
    public static readonly DiagnosticCode OptionUnavailable = new("GP4009", "a build option is not available", "drop the option or use a TensorRT release that has it");

    /// <summary>Shape profiles are missing or contradict themselves.</summary>
    public static readonly DiagnosticCode BadShapeProfile = new("GP4010", "a shape profile is wrong", "give every dynamic input min <= opt <= max shapes of the same rank");

    /// <summary>An engine does not load here.</summary>
    public static readonly DiagnosticCode EngineRefused = new("GP4011", "an engine does not load on this machine", "build it again here: engines belong to one TensorRT release and one GPU architecture unless built as compatible");

    /// <summary>An engine was loaded but a run of it failed.</summary>
    public static readonly DiagnosticCode EngineRunFailed = new("GP4012", "an engine failed to run", "check the shapes against the engine's profile and see TensorRT's log");

    /// <summary>A timing cache is of another release or device, or damaged.</summary>
    public static readonly DiagnosticCode TimingCacheRefused = new("GP4013", "a timing cache cannot be used", "nothing: it is replaced; building takes longer this once", Severity.Warning);

    /// <summary>The engine cache cannot be written or read.</summary>
    public static readonly DiagnosticCode CacheUnavailable = new("GP4014", "the engine cache cannot be used", "check the folder's permissions and free space, or choose another folder", Severity.Warning);

    /// <summary>An entry of the engine cache is not what was stored.</summary>
    public static readonly DiagnosticCode CacheEntryDamaged = new("GP4015", "an entry of the engine cache is damaged", "nothing: the entry is removed and built again", Severity.Warning);

    /// <summary>The platform is one whose calling convention the binding does not know.</summary>
    public static readonly DiagnosticCode PlatformUnsupported = new("GP4016", "TensorRT cannot be called on this platform", "use Linux on x64; elsewhere models run on ONNX Runtime", Severity.Warning);

    /// <summary>The installed parser does not take a node that the operator table allows.</summary>
    public static readonly DiagnosticCode TableDisagrees = new("GP4017", "TensorRT's parser does not take a node that the operator table allows", "nothing: the node runs on the fallback; please report it as a fault of the operator table", Severity.Warning);

    /// <summary>A node was moved to the fallback since its engine could not be built with it.</summary>
    public static readonly DiagnosticCode NodeMoved = new("GP4018", "a node was moved to the fallback, since TensorRT cannot build an engine with it", "nothing: the rest of its group has an engine; report the log to NVIDIA if the operator should work", Severity.Warning);

    /// <summary>A group was left without an engine.</summary>
    public static readonly DiagnosticCode GroupWithoutEngine = new("GP4019", "a group has no engine", "see the message; the group runs on the fallback, with the same results", Severity.Warning);

    /// <summary>Engines were asked for and there are none.</summary>
    public static readonly DiagnosticCode EnginesRequired = new("GP4020", "engines are required and could not be had", "see the messages before; with --engines auto the model is compiled without them");

    /// <summary>None of a group's engines fits the machine that it is to run on.</summary>
    public static readonly DiagnosticCode NoEngineFits = new("GP4021", "no engine of the model fits this machine", "add one: gpc compile FILE --add-engine -o FILE; until then the groups run on the fallback", Severity.Warning);

    /// <summary>A group ran as its portable subgraph, since its engine does not take the shapes of a run.</summary>
    public static readonly DiagnosticCode OutsideProfile = new("GP4022", "an engine does not take the shapes that it gets", "nothing, for the results are the same; for speed compile again with wider --min-shapes and --max-shapes", Severity.Warning);

    // ---- GP5xxx: runtime ------------------------------------------------------------------------------------------

    /// <summary>A compiled model whose parts do not fit each other or their hashes.</summary>
    public static readonly DiagnosticCode DamagedPackage = new("GP5001", "the compiled model is damaged", "compile the model again");

    /// <summary>A compiled model of a format that this version does not know.</summary>
    public static readonly DiagnosticCode UnknownPackageFormat = new("GP5002", "the compiled model has an unknown format", "run it with the version of gpc that wrote it, or compile it again");

    /// <summary>No executor knows an operator.</summary>
    public static readonly DiagnosticCode NotExecutable = new("GP5003", "no executor knows the operator", "provide the operator (a custom-operator library) or replace it in the model");

    /// <summary>An input is missing, unknown, or of the wrong type or shape.</summary>
    public static readonly DiagnosticCode BadInput = new("GP5004", "an input does not fit the model", "give every input of the model, with the type and shape that it declares");

    /// <summary>An output file cannot be written.</summary>
    public static readonly DiagnosticCode CannotWrite = new("GP5005", "the file cannot be written", "check the path, its permissions and the free space");

    /// <summary>The fallback runtime failed.</summary>
    public static readonly DiagnosticCode RuntimeFailed = new("GP5006", "the fallback runtime failed", "see its message; check that the model runs in plain ONNX Runtime");

    /// <summary>A device that is not there.</summary>
    public static readonly DiagnosticCode NoDevice = new("GP5007", "the device is not available", "run with --device cpu, or provide the libraries that the message names");

    /// <summary>A test data set that cannot be read or does not fit the model.</summary>
    public static readonly DiagnosticCode BadTestData = new("GP5008", "the test data cannot be used", "give a directory with input_<i>.pb and output_<i>.pb in ONNX test-data form");

    /// <summary>An allocation on the device failed.</summary>
    public static readonly DiagnosticCode OutOfDeviceMemory = new("GP5009", "the device is out of memory", "free device memory, use smaller shapes or fewer contexts, or let the steps that do not fit run on the CPU (--out-of-memory cpu)");

    /// <summary>A checked value is NaN or infinite.</summary>
    public static readonly DiagnosticCode NotFinite = new("GP5010", "a value is not finite", "look at the step that makes it: its inputs were finite");

    /// <summary>Requests of the model cannot be stacked.</summary>
    public static readonly DiagnosticCode NotBatchable = new("GP5011", "the model cannot be batched", "export it with one open, named batch dimension in front of every input and output");
}
