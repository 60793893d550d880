namespace GraphPartition.Ir;

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

    // ---- GP3xxx: partition ----------------------------------------------------------------------------------------

    /// <summary>A --support form or file that cannot be understood.</summary>
    public static readonly DiagnosticCode BadSupport = new("GP3001", "the support option cannot be understood", "use table, all, none, random:SEED:P with 0 <= P <= 1, or a file of 'op NAME' and 'node NAME' lines");

    /// <summary>A target that no table knows.</summary>
    public static readonly DiagnosticCode UnknownTarget = new("GP3002", "the target is not known", "name a known release, for instance tensorrt-10.16");

    /// <summary>A pass that nobody knows.</summary>
    public static readonly DiagnosticCode UnknownPass = new("GP3003", "the pass is not known", "name passes as 'gpc plan' lists them, or use standard or none");

    /// <summary>A constant expression that could not be computed.</summary>
    public static readonly DiagnosticCode NotEvaluated = new("GP3004", "a constant expression could not be computed", "nothing has to be done: its nodes stay in the model", Severity.Warning);

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
}
