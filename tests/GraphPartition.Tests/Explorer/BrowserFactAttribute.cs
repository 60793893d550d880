namespace GraphPartition.Tests.Explorer;

/// <summary>A fact that opens pages in Chromium. It skips where Chromium, Node.js or the packages that drive them are missing.</summary>
internal sealed class BrowserFactAttribute : Xunit.FactAttribute
{
    public BrowserFactAttribute() => Skip = Browser.WhyNot;
}

/// <summary>A fact that opens pages about engines. It skips as <see cref="BrowserFactAttribute"/>, and where mocks cannot be built.</summary>
internal sealed class MockBrowserFactAttribute : Xunit.FactAttribute
{
    public MockBrowserFactAttribute() => Skip = Browser.WhyNot ?? TestSupport.MockCompiler.WhyNot;
}

/// <summary>A theory that opens pages of shared models. It skips as <see cref="BrowserFactAttribute"/>, and where the models are missing.</summary>
internal sealed class SharedBrowserTheoryAttribute : Xunit.TheoryAttribute
{
    public SharedBrowserTheoryAttribute() => Skip = Browser.WhyNot ?? TestSupport.OutsideFolders.WhyNotShared("models");
}
