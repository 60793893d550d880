namespace GraphPartition.Serving.Diagnostics;

/// <summary>
/// Faults of requests, of models that are served, and of the server's configuration. No number is used again for something else.
/// </summary>
public static class ServingCodes
{
    /// <summary>A request is not what the protocol defines.</summary>
    public static readonly DiagnosticCode BadRequest = new("GP5040", "a request is wrong",
        "send what the Open Inference Protocol defines (docs/serving.md); GET /v2/models/NAME shows the inputs and outputs of a model");

    /// <summary>No model or version has this name.</summary>
    public static readonly DiagnosticCode UnknownModel = new("GP5041", "the model or the version is not known",
        "POST /v2/repository/index lists the models and versions");

    /// <summary>The model is known, but it is not loaded.</summary>
    public static readonly DiagnosticCode NotReady = new("GP5042", "the model is not ready",
        "repair what the reason names, then load the model again: POST /v2/repository/models/NAME/load");

    /// <summary>The request is right, but this server does not do it.</summary>
    public static readonly DiagnosticCode NotSupported = new("GP5043", "this server does not do that",
        "GET /v2 lists the extensions that the server has; docs/serving.md has the options that turn others on");

    /// <summary>A request is larger than the server takes.</summary>
    public static readonly DiagnosticCode TooLarge = new("GP5044", "a request is too large",
        "send fewer rows in one request, or raise the limit of the server (--max-request-bytes)");

    /// <summary>The protocol has no type for an input or output of the model.</summary>
    public static readonly DiagnosticCode NotServable = new("GP5045", "the protocol cannot carry a value of the model",
        "cast the value to a type of the protocol in the model (BOOL, integers, FP16, BF16, FP32, FP64, BYTES), as a tensor");

    /// <summary>An option of the server or a file of options is wrong.</summary>
    public static readonly DiagnosticCode BadOption = new("GP5046", "an option of the server is wrong",
        "see docs/serving.md for the options and their limits");

    /// <summary>A model could not be loaded. Others are served.</summary>
    public static readonly DiagnosticCode NotLoaded = new("GP5047", "a model could not be loaded",
        "repair what the message names; until then the earlier versions are served");

    /// <summary>The server would be open to others.</summary>
    public static readonly DiagnosticCode Unprotected = new("GP5048", "the server would be open to others without protection",
        "listen on 127.0.0.1, or configure API keys (--api-keys) and a certificate (--tls-certificate); where a proxy does this, "
            + "give --allow-anonymous and --allow-plaintext");

    /// <summary>A model cannot be written for another server as a whole.</summary>
    public static readonly DiagnosticCode NotDeployable = new("GP5049", "the model cannot be written for that server",
        "change what the message names, or serve the model with 'gpc serve'");
}
