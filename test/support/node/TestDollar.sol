// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;

/// A dollar token for tests, with ERC-20's transfer and EIP-3009's authorizations.
contract TestDollar {
    string public constant name = "Test Dollar";
    string public constant version = "2";
    uint8 public constant decimals = 6;
    mapping(address => uint256) public balanceOf;
    mapping(address => mapping(bytes32 => bool)) public authorizationState;

    event Transfer(address indexed from, address indexed to, uint256 value);
    event AuthorizationUsed(address indexed authorizer, bytes32 indexed nonce);
    event AuthorizationCanceled(address indexed authorizer, bytes32 indexed nonce);

    bytes32 constant DOMAIN =
        keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");
    bytes32 constant TRANSFER = keccak256(
        "TransferWithAuthorization(address from,address to,uint256 value,uint256 validAfter,uint256 validBefore,bytes32 nonce)"
    );
    bytes32 constant CANCEL = keccak256("CancelAuthorization(address authorizer,bytes32 nonce)");

    function mint(address to, uint256 value) external {
        balanceOf[to] += value;
        emit Transfer(address(0), to, value);
    }

    function transfer(address to, uint256 value) external returns (bool) {
        move(msg.sender, to, value);
        return true;
    }

    function transferWithAuthorization(
        address from, address to, uint256 value, uint256 validAfter, uint256 validBefore, bytes32 nonce,
        uint8 v, bytes32 r, bytes32 s
    ) external {
        require(block.timestamp > validAfter, "not yet valid");
        require(block.timestamp < validBefore, "expired");
        bytes32 what = keccak256(abi.encode(TRANSFER, from, to, value, validAfter, validBefore, nonce));
        use(from, nonce, what, v, r, s);
        emit AuthorizationUsed(from, nonce);
        move(from, to, value);
    }

    function cancelAuthorization(address authorizer, bytes32 nonce, uint8 v, bytes32 r, bytes32 s) external {
        use(authorizer, nonce, keccak256(abi.encode(CANCEL, authorizer, nonce)), v, r, s);
        emit AuthorizationCanceled(authorizer, nonce);
    }

    function use(address signer, bytes32 nonce, bytes32 what, uint8 v, bytes32 r, bytes32 s) private {
        require(!authorizationState[signer][nonce], "used");
        require(uint256(s) <= 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0, "high s");
        bytes32 domain = keccak256(
            abi.encode(DOMAIN, keccak256(bytes(name)), keccak256(bytes(version)), block.chainid, address(this))
        );
        address recovered = ecrecover(keccak256(abi.encodePacked("\x19\x01", domain, what)), v, r, s);
        require(recovered == signer && signer != address(0), "not signed");
        authorizationState[signer][nonce] = true;
    }

    function move(address from, address to, uint256 value) private {
        require(balanceOf[from] >= value, "too little");
        balanceOf[from] -= value;
        balanceOf[to] += value;
        emit Transfer(from, to, value);
    }
}

/// Uses an authorization and makes a transfer of its own in one transaction, as a cheating payer would.
contract Cheat {
    struct Signed {
        address from; address to; uint256 value; uint256 validAfter; uint256 validBefore; bytes32 nonce;
        uint8 v; bytes32 r; bytes32 s;
    }

    function pay(TestDollar token, Signed calldata a, address to, uint256 value) external {
        token.transferWithAuthorization(
            a.from, a.to, a.value, a.validAfter, a.validBefore, a.nonce, a.v, a.r, a.s
        );
        token.transfer(to, value);
    }
}
